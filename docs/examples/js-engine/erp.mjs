// The ERP (NetSuite SuiteTalk): customers, projects ("jobs") and time ("timeBill"), every request signed.

import { createHmac, randomBytes } from "node:crypto";

import { Api, Refused } from "./http.mjs";

const RECORD = "/services/rest/record/v1";
// An unknown property is an error instead of being dropped in silence.
const STRICT = { "x-netsuite-propertynamevalidation": "error" };
const APPROVED = { id: "3" };

export class Erp {
  constructor({ url, credentials }, clock, { looksAgain }) {
    const authorize = async (method, address) => ({ authorization: signed(method, address, credentials) });
    this.api = new Api("erp", url, clock, { authorize, looksAgain });
    this.lists = new Map();
  }

  async putCustomer(deal) {
    return this.put("customer", `CRM-${deal.client.code}`, {
      companyName: deal.client.name,
      subsidiary: { id: await this.listed("subsidiary", "externalid", deal.entity) },
      currency: { id: await this.listed("currency", "symbol", deal.currency) },
      custentity_country: deal.client.country,
      custentity_state: deal.client.state,
      vatRegNumber: deal.client.vat,
    });
  }

  async putJob(deal, customerId) {
    return this.put("job", `CRM-${deal.code}`, {
      entityId: deal.code,
      companyName: deal.name,
      parent: { id: customerId },
      subsidiary: { id: await this.listed("subsidiary", "externalid", deal.entity) },
      currency: { id: await this.listed("currency", "symbol", deal.currency) },
      jobBillingType: { refName: deal.byTheHour ? "Time and Materials" : "Fixed Bid, Interval" },
      jobPrice: deal.amount,
      projectExpenseType: { id: "-2" },
      startDate: deal.start,
      projectedEndDate: deal.end,
      allowTime: true,
      isInactive: false,
    });
  }

  /** `known` is the id of the time record, where this engine remembers one. */
  async putTime(entry, { known, email, jobId, role, line }) {
    const body = {
      employee: { id: await this.listed("employee", "email", email) },
      customer: { id: jobId },
      item: { refName: `ROLE-${role.toUpperCase().replaceAll(" ", "-")}` },
      hours: `${Math.floor(entry.minutes / 60)}:${String(entry.minutes % 60).padStart(2, "0")}`,
      tranDate: entry.day,
      isBillable: entry.billable,
      rate: entry.rate,
      memo: `PSA time entry ${entry.id}`,
      approvalStatus: APPROVED,
      custcol_contract_line: line,
      custcol_posting_period: { id: await this.openPeriod(entry.day) },
    };
    if (known !== undefined) {
      await this.api.send("PATCH", `${RECORD}/timeBill/${known}`, { json: body, headers: STRICT });
      return known;
    }
    return this.createTime(`PSA-T-${entry.id}`, body);
  }

  /**
   * A create with a key of our own, under which it is found again. Whoever does not look again sends no key either, or
   * there would be nothing to show: NetSuite refuses the second record of an external id.
   */
  async createTime(key, body) {
    const find = async () => {
      const found = await this.api.send("GET", `${RECORD}/timeBill/eid:${key}`, { accept: [404] });
      return found.status === 404 ? null : String(found.content.id);
    };
    const json = this.api.looksAgain ? { ...body, externalId: key } : body;
    return this.api.create(find, `${RECORD}/timeBill`, { json, headers: STRICT }, located);
  }

  /** Its approval was taken back. */
  async removeTime(id) {
    await this.api.send("DELETE", `${RECORD}/timeBill/${id}`, { accept: [404] });
  }

  // -- inside -------------------------------------------------------------------------------------------------------

  /** Create or update by external id: one request, as often as you like. */
  async put(record, key, json) {
    return located(await this.api.send("PUT", `${RECORD}/${record}/eid:${key}`, { json, headers: STRICT }));
  }

  /** Id of the month of a day, or of the first one after it that is still open. */
  async openPeriod(day) {
    const rows = await this.rows(
      "SELECT id FROM accountingperiod WHERE enddate >= TO_DATE(?, 'YYYY-MM-DD') AND closed = 'F' " +
        "AND isyear = 'F' AND isquarter = 'F' ORDER BY startdate",
      [day],
    );
    if (rows.length === 0) throw new Refused(`the ERP has no open period for ${day}`);
    return rows[0].id;
  }

  /** Lists that change seldom are kept, and read once more when something is not in them. */
  async listed(table, column, name) {
    if (!this.lists.get(table)?.has(name)) {
      const rows = await this.rows(`SELECT id, ${column} AS name FROM ${table}`);
      this.lists.set(table, new Map(rows.map((row) => [row.name, row.id])));
    }
    const id = this.lists.get(table).get(name);
    if (id === undefined) throw new Refused(`the ERP has no ${table} ${name}`);
    return id;
  }

  async rows(q, params = []) {
    const rows = [];
    for (;;) {
      const sent = { query: { limit: 1000, offset: rows.length }, headers: { prefer: "transient" }, json: { q, params } };
      const { content } = await this.api.send("POST", "/services/rest/query/v1/suiteql", sent);
      rows.push(...content.items);
      if (!content.hasMore) return rows;
    }
  }
}

/** Id of the record an answer has made or changed: the end of its Location. */
function located(answer) {
  return answer.headers.get("location").split("/").at(-1);
}

/** The Authorization header of one request: OAuth 1.0a with HMAC-SHA256 (RFC 5849, NetSuite's token-based login). */
function signed(method, address, { account, consumer_key, consumer_secret, token_id, token_secret }) {
  const url = new URL(address);
  const oauth = {
    oauth_consumer_key: consumer_key,
    oauth_token: token_id,
    oauth_signature_method: "HMAC-SHA256",
    oauth_timestamp: String(Math.floor(Date.now() / 1000)),
    oauth_nonce: randomBytes(12).toString("hex"),
    oauth_version: "1.0",
  };
  const pairs = [...url.searchParams, ...Object.entries(oauth)].map(([name, value]) => [escape(name), escape(value)]);
  const parameters = pairs
    .sort(([a, x], [b, y]) => (a === b ? (x < y ? -1 : 1) : a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
  const base = [method, escape(url.origin + url.pathname), escape(parameters)].join("&");
  const key = `${escape(consumer_secret)}&${escape(token_secret)}`;
  const signature = createHmac("sha256", key).update(base).digest("base64");
  const shown = { realm: account, ...oauth, oauth_signature: signature };
  return `OAuth ${Object.entries(shown).map(([name, value]) => `${name}="${escape(value)}"`).join(", ")}`;
}

/** Percent-encoding as RFC 3986 wants it; encodeURIComponent leaves five signs alone. */
function escape(text) {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

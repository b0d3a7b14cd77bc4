// The CRM (Salesforce): deals from the proposal on, and the project a deal is told of.

import { Api } from "./http.mjs";

const DATA = "/services/data/v62.0";
const FIELDS =
  "Id, Name, StageName, Amount, CurrencyIsoCode, Engagement_Code__c, Engagement_Type__c, Legal_Entity__c, " +
  "Rate_Card__c, Project_Start__c, Project_End__c, AccountId, Account.Name, Account.AccountNumber, " +
  "Account.BillingCountry, Account.BillingState, Account.VAT_Number__c, " +
  "(SELECT Id, Contract_Line_Code__c, Budget_Hours__c FROM OpportunityLineItems ORDER BY Contract_Line_Code__c)";

export class Crm {
  constructor({ url, credentials }, clock) {
    this.credentials = credentials;
    this.token = credentials.access_token;
    const authorize = async () => ({ authorization: `Bearer ${this.token}` });
    this.api = new Api("crm", url, clock, { authorize, renew: () => this.login() });
    this.door = new Api("crm", url, clock, { authorize: async () => ({}) });
  }

  /** A session ends after two hours in which nobody asked anything; of the firm's hours, not ours. */
  async login() {
    const { consumer_key, consumer_secret, username, password, security_token } = this.credentials;
    const form = {
      grant_type: "password",
      client_id: consumer_key,
      client_secret: consumer_secret,
      username,
      password: password + security_token,
    };
    this.token = (await this.door.send("POST", "/services/oauth2/token", { form })).content.access_token;
  }

  /** Deals that changed since an instant, themselves or their client, with their lines. */
  async deals(since) {
    const q =
      `SELECT ${FIELDS} FROM Opportunity WHERE StageName IN ('Proposal/Price Quote', 'Closed Won') ` +
      `AND Engagement_Code__c != null AND (SystemModstamp >= ${since} OR Account.SystemModstamp >= ${since}) ` +
      "ORDER BY Engagement_Code__c";
    let page = (await this.api.send("GET", `${DATA}/query`, { query: { q } })).content;
    const rows = page.records;
    while (!page.done) {
      page = (await this.api.send("GET", page.nextRecordsUrl)).content;
      rows.push(...page.records);
    }
    return rows.map(deal);
  }

  async linkProject(dealId, projectId) {
    await this.api.send("PATCH", `${DATA}/sobjects/Opportunity/${dealId}`, {
      json: { External_Project_Id__c: projectId },
    });
  }
}

/** A deal in the engine's own words. */
function deal(row) {
  return {
    id: row.Id,
    code: row.Engagement_Code__c,
    name: row.Name,
    won: row.StageName === "Closed Won",
    byTheHour: row.Engagement_Type__c === "T&M",
    entity: row.Legal_Entity__c,
    currency: row.CurrencyIsoCode,
    amount: row.Amount,
    start: row.Project_Start__c,
    end: row.Project_End__c,
    rateCard: row.Rate_Card__c,
    client: {
      id: row.AccountId,
      code: row.Account.AccountNumber,
      name: row.Account.Name,
      country: row.Account.BillingCountry,
      state: row.Account.BillingState,
      vat: row.Account.VAT_Number__c,
    },
    lines: (row.OpportunityLineItems?.records ?? []).map((line) => ({
      id: line.Id,
      code: line.Contract_Line_Code__c,
      minutes: Math.round(Number(line.Budget_Hours__c ?? 0) * 60),
    })),
  };
}

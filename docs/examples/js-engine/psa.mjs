// The PSA (Kantata): client groups, projects, tasks, and approved time. It has no idempotency keys and lets two records
// carry the same external reference, so what is not looked for before it is sent again stands twice.

import { Api } from "./http.mjs";

const BASE = "/api/v1";

export class Psa {
  constructor({ url, credentials }, clock, { looksAgain }) {
    const authorize = async () => ({ authorization: `Bearer ${credentials.access_token}` });
    this.api = new Api("psa", url, clock, { authorize, looksAgain });
    this.lists = new Map();
  }

  async putClient(client) {
    const id = await this.ensure("workspace_groups", "workspace_group", "Account", client.id, {
      name: client.name,
      company: true,
    });
    await this.set("workspace_groups", "workspace_group", id, { name: client.name });
    return id;
  }

  /** A deal's project: an estimate nobody can book time on. */
  async putProject(deal, groupId) {
    const fields = {
      title: `${deal.code} ${deal.name}`,
      price: deal.amount,
      rate_card_id: await this.rateCardId(deal),
      start_date: deal.start,
      due_date: deal.end,
    };
    const id = await this.ensure("workspaces", "workspace", "Opportunity", deal.id, {
      ...fields,
      stage: "estimate",
      creator_role: "maven",
      budgeted: true,
      time_trackable: false,
      change_orders_enabled: false,
      require_time_approvals: true,
      require_expense_approvals: true,
      primary_workspace_group_id: groupId,
    });
    await this.set("workspaces", "workspace", id, fields);
    return id;
  }

  /** The win makes a project of an estimate, still closed for time. */
  async convertProject(id) {
    await this.set("workspaces", "workspace", id, { stage: "project" });
  }

  async openForTime(id) {
    await this.set("workspaces", "workspace", id, { time_trackable: true });
  }

  async putTask(deal, line, projectId) {
    const fields = { title: `${line.code} ${deal.name}`, time_estimate_in_minutes: line.minutes };
    const own = { workspace_id: projectId, story_type: "task", billable: true, fixed_fee: !deal.byTheHour };
    const id = await this.ensure("stories", "story", "OpportunityLineItem", line.id, { ...fields, ...own }, projectId);
    await this.set("stories", "story", id, fields);
    return id;
  }

  /** Time entries that changed since an instant, approved or not. */
  async timeChangedSince(since) {
    const rows = await this.all("time_entries", { updated_after: since, order: "id:asc" });
    return rows.map((row) => ({
      id: row.id,
      projectId: String(row.workspace_id),
      taskId: String(row.story_id),
      userId: String(row.user_id),
      roleId: String(row.role_id ?? ""),
      day: row.date_performed,
      minutes: row.time_in_minutes,
      billable: row.billable,
      rate: row.rate_in_cents / row.currency_base_unit,
      approved: row.approved,
    }));
  }

  async userEmail(id) {
    return this.listed("users", id, (row) => [String(row.id), row.email_address]);
  }

  async roleName(id) {
    return this.listed("roles", id, (row) => [String(row.id), row.name]);
  }

  async rateCardId(deal) {
    const home = await this.listed("rate_cards", `Standard ${deal.entity}`, (row) => [row.title, row]);
    const standard = home?.currency === deal.currency ? home.title : `Standard ${deal.entity} ${deal.currency}`;
    const title = deal.rateCard ? `${standard} ${deal.rateCard}` : standard;
    return (await this.listed("rate_cards", title, (row) => [row.title, row]))?.id;
  }

  // -- inside -------------------------------------------------------------------------------------------------------

  async ensure(collection, kind, model, reference, fields, projectId = null) {
    const external = {
      service_name: "salesforce",
      service_model: model,
      service_model_ref: reference,
      status: "successful",
    };
    const find = async () => {
      const query = { external_reference_service_model_ref: reference, include_archived: true };
      if (projectId !== null) query.workspace_id = projectId;
      const { content } = await this.api.send("GET", `${BASE}/${collection}.json`, { query });
      return content.results.length > 0 ? String(content.results[0].id) : null;
    };
    const json = { [kind]: { ...fields, external_reference: external } };
    const idOf = ({ content }) => String(content.results.find((row) => row.key === collection).id);
    return this.api.create(find, `${BASE}/${collection}.json`, { json }, idOf);
  }

  async set(collection, kind, id, fields) {
    await this.api.send("PUT", `${BASE}/${collection}/${id}.json`, { json: { [kind]: fields } });
  }

  /** Lists that change seldom are kept, and read once more when something is not in them. */
  async listed(collection, key, pair) {
    const known = this.lists.get(collection);
    if (known?.has(key)) return known.get(key);
    const fresh = new Map((await this.all(collection, {})).map(pair));
    this.lists.set(collection, fresh);
    return fresh.get(key);
  }

  async all(collection, query) {
    const rows = [];
    for (let page = 1, pages = 1; page <= pages; page++) {
      const path = `${BASE}/${collection}.json`;
      const { content } = await this.api.send("GET", path, { query: { ...query, per_page: 200, page } });
      rows.push(...content.results.map(({ key, id }) => content[key][id]));
      pages = content.meta.page_count;
    }
    return rows;
  }
}

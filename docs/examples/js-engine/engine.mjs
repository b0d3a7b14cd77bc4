// A small sync engine: won deals become projects of PSA and ERP, approved time becomes actuals of the ERP.
//
//   sandbox up --json ... > up.json &
//   node engine.mjs up.json            then: POST http://127.0.0.1:8077/jobs/sync
//
// Plain Node 20, no packages. PORT moves it; NO_LOOKUP=1 takes the look-up before a retry away, to see
// what it is for.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

import { Crm } from "./crm.mjs";
import { Erp } from "./erp.mjs";
import { Clock, Later, Refused } from "./http.mjs";
import { Psa } from "./psa.mjs";

// Everything is read again from a minute before the last look: a record may have been stored while we looked, and what
// is read twice is not written twice.
const OVERLAP_MS = 60_000;
const BEGINNING = Date.parse("2000-01-01T00:00:00Z");

class Engine {
  constructor({ systems }, { looksAgain }) {
    this.clock = new Clock();
    this.crm = new Crm(systems.crm, this.clock);
    this.psa = new Psa(systems.psa, this.clock, { looksAgain });
    this.erp = new Erp(systems.erp, this.clock, { looksAgain });
    // What this engine remembers. All of it can be lost: the next pass reads everything and finds what is there.
    this.readUpTo = { deals: BEGINNING, time: BEGINNING };
    this.told = new Map(); // thing -> digest of what its targets were told last
    this.projects = new Map(); // PSA project -> ERP job
    this.lines = new Map(); // PSA task -> contract line
    this.times = new Map(); // PSA time entry -> ERP time record
    this.letters = new Map(); // thing -> why it was refused
  }

  /** Bring everything up to date, once. What has to wait is told, and comes again with the next pass. */
  async pass(nowIso) {
    this.clock.tell(nowIso);
    const waiting = [];
    await this.follow("deals", (since) => this.crm.deals(since), (deal) => this.syncDeal(deal), waiting);
    await this.follow("time", (since) => this.psa.timeChangedSince(since), (entry) => this.syncTime(entry), waiting);
    return { now: Clock.text(this.clock.now), waiting, letters: Object.fromEntries(this.letters) };
  }

  /** Read what changed since the last look and handle each; the watermark moves only when nothing has to come again. */
  async follow(source, read, handle, waiting) {
    const began = this.clock.now;
    const before = waiting.length;
    try {
      for (const thing of await read(Clock.text(this.readUpTo[source]))) {
        await this.handled(`${source} ${thing.id}`, () => handle(thing), waiting);
      }
    } catch (failure) {
      if (!(failure instanceof Later)) throw failure;
      waiting.push(failure.message);
    }
    if (waiting.length === before) this.readUpTo[source] = began - OVERLAP_MS;
  }

  async handled(what, handle, waiting) {
    try {
      await handle();
      this.letters.delete(what);
    } catch (failure) {
      if (failure instanceof Later) waiting.push(`${what}: ${failure.message}`);
      else if (failure instanceof Refused) this.letters.set(what, failure.message);
      else throw failure;
    }
  }

  // -- deals ----------------------------------------------------------------------------------------------------------

  async syncDeal(deal) {
    await this.once(`deal ${deal.id}`, deal, async () => {
      const groupId = await this.psa.putClient(deal.client);
      const projectId = await this.psa.putProject(deal, groupId);
      if (!deal.won) return;
      // The ERP first: nobody can book time on a project before its cost can be posted.
      const customerId = await this.erp.putCustomer(deal);
      const jobId = await this.erp.putJob(deal, customerId);
      await this.psa.convertProject(projectId);
      for (const line of deal.lines) {
        this.lines.set(await this.psa.putTask(deal, line, projectId), line.code);
      }
      await this.psa.openForTime(projectId);
      this.projects.set(projectId, jobId);
      await this.crm.linkProject(deal.id, projectId);
    });
  }

  // -- time -----------------------------------------------------------------------------------------------------------

  async syncTime(entry) {
    const known = this.times.get(entry.id);
    if (!entry.approved) {
      if (known !== undefined) await this.takeBack(entry.id, known);
      return;
    }
    await this.once(`time ${entry.id}`, entry, async () => {
      const jobId = this.projects.get(entry.projectId);
      const line = this.lines.get(entry.taskId);
      if (jobId === undefined || line === undefined) throw new Later("its project is not set up yet");
      const email = await this.psa.userEmail(entry.userId);
      const role = await this.psa.roleName(entry.roleId);
      if (role === undefined) throw new Refused(`time entry ${entry.id} has no role`);
      this.times.set(entry.id, await this.erp.putTime(entry, { known, email, jobId, role, line }));
    });
  }

  async takeBack(entryId, timeId) {
    await this.erp.removeTime(timeId);
    this.times.delete(entryId);
    this.told.delete(`time ${entryId}`);
  }

  /** Tell the targets of a thing, unless they were told the same before. */
  async once(thing, said, tell) {
    const digest = createHash("sha256").update(JSON.stringify(said)).digest("hex");
    if (this.told.get(thing) === digest) return;
    await tell();
    this.told.set(thing, digest);
  }
}

// -- the engine's own door ----------------------------------------------------------------------------------------------

const engine = new Engine(JSON.parse(readFileSync(process.argv[2] ?? "up.json", "utf8")), {
  looksAgain: process.env.NO_LOOKUP !== "1",
});
// One pass at a time, in the order they were asked for.
let line = Promise.resolve();

const server = createServer((request, response) => {
  request.resume();
  if (request.method !== "POST" || request.url !== "/jobs/sync") {
    response.writeHead(404).end();
    return;
  }
  // The answer says that the pass is over: the sandbox lets no time pass until then.
  line = line
    .then(() => engine.pass(request.headers["x-sim-time"]))
    .then((done) => response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(done)))
    .catch((failure) => {
      console.error(failure);
      response.writeHead(500).end();
    });
});

server.listen(Number(process.env.PORT ?? 8077), "127.0.0.1", () => {
  console.log(`Ready http://127.0.0.1:${server.address().port}/jobs/sync`);
});

// One system as an engine reaches it: what an answer means, when to ask again, and how a create never stands twice.

/** Not now: the work stays where it is and comes again with the next pass. */
export class Later extends Error {}
/** Never like this: a person has to look at it. */
export class Refused extends Error {}
/** No answer, or a failure: whether it was executed nobody knows. */
class Doubt extends Error {}

const ATTEMPTS = 3;
const PATIENCE_MS = 30_000;

export class Api {
  /**
   * `authorize(method, url)` gives the headers of a request; `renew()`, where there is one, logs in again. `clock` is
   * the time of the firm: every answer of the sandbox tells it as X-Sim-Time. `looksAgain`: whether a create whose
   * answer was lost is looked for before it is sent again.
   */
  constructor(name, base, clock, { authorize, renew = null, looksAgain = true }) {
    Object.assign(this, { name, base, clock, authorize, renew, looksAgain, restUntil: 0 });
  }

  /** Send what may be sent twice: reads, sets, upserts by a key. */
  async send(method, path, sent = {}) {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.once(method, path, sent);
      } catch (failure) {
        if (!(failure instanceof Doubt)) throw failure;
        if (attempt === ATTEMPTS) throw new Later(failure.message);
      }
    }
  }

  /**
   * Create a record that must stand once; its id comes back. `find` looks for it: before the first send, because an
   * earlier life of this engine may have made it, and before every other one, because the answer may have been lost
   * on its way back although the record is there.
   */
  async create(find, path, sent, idOf) {
    for (let attempt = 1; ; attempt++) {
      const found = attempt === 1 || this.looksAgain ? await find() : null;
      if (found !== null) return found;
      try {
        return idOf(await this.once("POST", path, sent));
      } catch (failure) {
        if (!(failure instanceof Doubt)) throw failure;
        if (attempt === ATTEMPTS) throw new Later(failure.message);
      }
    }
  }

  /** One request. A status in `accept` is an answer like any other. */
  async once(method, path, { query = {}, headers = {}, json, form, accept = [] } = {}) {
    if (this.clock.now < this.restUntil) throw new Later(`${this.name} asked for a rest`);
    const answer = await this.exchange(method, path, { query, headers, json, form });
    if (answer.status === 401 && this.renew !== null) {
      await this.renew();
      return this.judged(await this.exchange(method, path, { query, headers, json, form }), accept, `${method} ${path}`);
    }
    return this.judged(answer, accept, `${method} ${path}`);
  }

  judged(answer, accept, what) {
    const { status } = answer;
    if (status < 400 || accept.includes(status)) return answer;
    const said = `${this.name} ${what} answered ${status}: ${answer.text.slice(0, 300)}`;
    if (status === 429 || status === 503) {
      // The firm's clock stands while a job runs, so nobody waits here: the next pass after that time asks again.
      this.restUntil = this.clock.now + retryAfterMs(answer.headers.get("retry-after"), this.clock.now);
      throw new Later(said);
    }
    if (status >= 500) throw new Doubt(said);
    throw new Refused(said);
  }

  async exchange(method, path, { query, headers, json, form }) {
    const parameters = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
    const url = this.base + path + (parameters.length > 0 ? `?${parameters.join("&")}` : "");
    const all = { ...(await this.authorize(method, url)), ...headers };
    let body;
    if (json !== undefined) {
      body = JSON.stringify(json);
      all["content-type"] = "application/json";
    } else if (form !== undefined) {
      body = new URLSearchParams(form);
    }
    try {
      const answer = await fetch(url, { method, headers: all, body, signal: AbortSignal.timeout(PATIENCE_MS) });
      const text = await answer.text();
      this.clock.tell(answer.headers.get("x-sim-time"));
      const isJson = (answer.headers.get("content-type") ?? "").includes("json");
      const content = isJson && text !== "" && answer.ok ? JSON.parse(text) : null;
      return { status: answer.status, headers: answer.headers, text, content };
    } catch (failure) {
      // Refused, cut, late, or cut short in the middle of its JSON: all of it says nothing.
      throw new Doubt(`${this.name} ${method} ${path}: ${failure.cause?.message ?? failure.message}`);
    }
  }
}

/** Seconds, or the date of it; a minute when nothing is said. */
function retryAfterMs(said, now) {
  if (said === null) return 60_000;
  return /^\d+$/.test(said) ? Number(said) * 1000 : Math.max(0, Date.parse(said) - now);
}

/** The time of the firm, in milliseconds since 1970. It never goes back. */
export class Clock {
  constructor() {
    this.now = 0;
  }

  tell(iso) {
    if (iso) this.now = Math.max(this.now, Date.parse(iso));
  }

  /** An instant as the text the systems take: 2026-01-19T09:00:00Z. */
  static text(ms) {
    return `${new Date(ms).toISOString().slice(0, 19)}Z`;
  }
}

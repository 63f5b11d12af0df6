/** Made-up books, for looking at every page and state in a browser. Not part of the app's build. */
import { clock } from "../../state/clock.svelte";
import { setLocale } from "../../words/locale";
import { type Backend, Failure } from "../backend";
import type { KeptApartView, Progress, RunView, Tag } from "../bindings";
import * as books from "./books";
import { MadeUpExceptions } from "./exceptions";
import { MadeUpLog } from "./log";
import { MadeUpMappings } from "./mappings";
import { MadeUpRecords } from "./records";
import { before, now, scenario } from "./scenario";
import { MadeUpHistory } from "./history";
import { MadeUpRules } from "./rules";
import { MadeUpSchedule } from "./schedule";
import { MadeUpSetup } from "./setup";
import { undo } from "./undo";

const wait = async (ms: number): Promise<void> =>
  new Promise((done) => {
    setTimeout(done, ms);
  });

export function mockBackend(): Backend {
  const chosen = scenario(location.search);
  const setup = new MadeUpSetup(chosen.state);
  const exceptions = new MadeUpExceptions(chosen.state === "agrees" || chosen.state === "empty");
  const mappings = new MadeUpMappings(!setup.view.finished);
  const log = new MadeUpLog(chosen.state === "empty" ? 0 : chosen.lines);
  const records = new MadeUpRecords(chosen.state === "empty" ? 0 : 12_000);
  const schedule = new MadeUpSchedule(chosen.state !== "empty", chosen.state === "partial");
  const rules = new MadeUpRules();
  const history = new MadeUpHistory(chosen.state);
  let settings = books.settings(chosen.theme);
  let hearProgress: (progress: Progress | null) => void = () => undefined;
  let hearStale: (tags: Tag[]) => void = () => undefined;
  let leaveBrowser: (came: boolean) => void = () => undefined;
  let paused = false;
  let stopped = false;
  let runId = 312;
  clock.fix(now);
  setLocale("en-GB");

  async function answer<T>(make: () => T): Promise<T> {
    if (chosen.state === "loading") await wait(1e9);
    await wait(15);
    if (chosen.state === "error") {
      throw new Failure({
        code: "disk_full",
        message: "The disk is full, so nothing can be written safely.",
        next_step: "Free some space, then try again. Nothing has been lost.",
        details: "SQLITE_FULL: database or disk is full (13)",
        side: null,
      });
    }
    return make();
  }

  const step = (done: number, total: number, more: Partial<Progress> = {}): Progress => ({
    run: runId,
    reason: "person",
    started_at: before(20),
    stage: "writing",
    side: "erpnext",
    kind: "invoice",
    done,
    total,
    per_minute: 340,
    waiting: null,
    paused,
    stopping: stopped,
    to_xero: 12,
    to_erpnext: done,
    linked: 1,
    exceptions: 3,
    ...more,
  });

  let apart: KeptApartView[] =
    chosen.state === "empty"
      ? []
      : [
          {
            record: "xero:invoice:INV-0931",
            other: null,
            side: "xero",
            kind: "invoice",
            title: "INV-0931",
            contact: "Harbour Hotels",
            amount: { value: "240.00", currency: "GBP" },
            since: before(60 * 26),
            who: "Priya",
            reason: "Run 41 was undone",
            undone_run: 41,
          },
        ];

  async function run(settle: () => void): Promise<RunView> {
    runId += 1;
    stopped = false;
    const id = runId;
    hearProgress(
      step(0, 0, { stage: "reading", side: "xero", total: null, per_minute: null, to_erpnext: 0 }),
    );
    for (let done = 0; done <= 26 && !stopped; done += 1) {
      while (paused) await wait(50);
      hearProgress(step(done, 26));
      await wait(40);
    }
    settle();
    setup.view = { ...setup.view, finished: true };
    const left = exceptions.view().total;
    hearProgress(null);
    hearStale(["setup"]);
    return {
      id,
      started_at: before(4),
      finished_at: before(0),
      reason: "person",
      outcome: stopped ? "stopped" : left > 0 ? "needs_attention" : "agrees",
      ...books.written(12, 26, 1),
      exceptions: left,
      ignored: exceptions.view().ignored.length,
      held: 0,
      later: 0,
      about: null,
      apart: 0,
      xero_calls: 6,
      error: null,
    };
  }

  /** The person goes to the browser, and comes back unless the state is to wait for ever. */
  async function browser(side: "xero" | "erpnext", atOnce: boolean): Promise<void> {
    const came = await new Promise<boolean>((done) => {
      leaveBrowser = done;
      if (chosen.state !== "waiting" || atOnce)
        setTimeout(() => {
          done(true);
        }, 1200);
    });
    if (!came) {
      throw new Failure({
        code: "cancelled",
        message: "Cancelled.",
        next_step: null,
        details: null,
        side,
      });
    }
  }

  return {
    setup: async () => answer(() => setup.view),
    signInXero: async (form) => {
      await browser("xero", form.custom_connection);
      return setup.signedIn(false);
    },
    openSignInPage: async () => answer(() => undefined),
    cancelSignIn: async () =>
      answer(() => {
        leaveBrowser(false);
      }),
    chooseOrganisation: async (id) =>
      answer(() => {
        const xero = setup.view.xero;
        if (xero) setup.view = { ...setup.view, xero: { ...xero, chosen: id } };
        return setup.go("erpnext");
      }),
    connectErpnext: async (form) =>
      answer(() => {
        if (form.key.startsWith("wrong")) {
          throw new Failure({
            code: "wrong_key",
            message: "ERPNext does not accept this key and secret.",
            next_step: "Generate a new pair on the user's page and paste both.",
            details: "401 AuthenticationError",
            side: "erpnext",
          });
        }
        return setup.connected();
      }),
    signInErpnext: async () => {
      await browser("erpnext", false);
      return setup.connected();
    },
    chooseCompany: async () => answer(() => setup.go("check")),
    check: async () => answer(() => setup.check()),
    installMarkerFields: async () => answer(() => setup.install()),
    confirmMappings: async () => answer(() => setup.go("preview")),
    lookAround: async () => {
      await wait(900);
      setup.signedIn(false);
      setup.connected();
      setup.go("preview");
      setup.view = { ...setup.view, finished: true, demo: true };
      return setup.view;
    },
    leaveDemo: async () => answer(() => ({ ...setup.view, demo: false })),

    overview: async () =>
      answer(() =>
        books.overview(
          chosen,
          exceptions.view().total,
          exceptions.view().ignored.length,
          log.newest(6),
        ),
      ),
    preview: async () => {
      await wait(300);
      return answer(() => books.preview(chosen.state === "agrees"));
    },
    sync: async () => {
      const ended = await run(() => undefined);
      if (chosen.state === "elsewhere") return books.elsewhere(ended);
      return chosen.state === "restored" ? books.wentBack(ended) : ended;
    },
    syncBut: async (_approve, hold) => {
      const ended = await run(() => undefined);
      return { ...ended, held: hold.length };
    },
    syncRecords: async (records) => {
      const whole = await run(() => {
        exceptions.settle((_, record) => records.includes(record.record));
      });
      return {
        ...whole,
        ...books.written(0, 1, 0),
        outcome: whole.outcome === "stopped" ? "stopped" : "done",
        about: records.join(", "),
        exceptions: 0,
        xero_calls: 3,
      };
    },
    syncRestored: async () => run(() => undefined),
    syncTakeOver: async () => run(() => undefined),
    pause: async () =>
      answer(() => {
        paused = true;
        hearProgress(step(12, 26));
      }),
    resume: async () =>
      answer(() => {
        paused = false;
      }),
    stop: async () =>
      answer(() => {
        stopped = true;
        paused = false;
      }),
    watchProgress: async (onProgress) => {
      hearProgress = onProgress;
      onProgress(
        chosen.state === "running"
          ? step(412, 2118, {
              waiting: { reason: "Xero allows 60 calls a minute", until: before(-14) },
              to_erpnext: 400,
            })
          : null,
      );
      return Promise.resolve();
    },

    runs: async (from) =>
      answer(() => (from === null && chosen.state !== "empty" ? books.runs() : [])),
    log: async (filter, from, limit) => answer(() => log.page(filter, from, limit)),
    logDetail: async (id) => answer(() => log.detail(id)),

    records: async (filter, from, limit) => answer(() => records.page(filter, from, limit)),
    record: async (record) => answer(() => records.one(record)),
    exportList: async (what, format) =>
      answer(() => {
        const name = typeof what === "string" ? what : what.log ? "log" : "records";
        const found =
          typeof what === "string"
            ? exceptions.view().total
            : what.log
              ? log.page(what.log, null, 1).total
              : records.count(what.records ?? {});
        return { path: `/home/jo/Downloads/Counterfoil ${name}.${format}`, lines: found };
      }),

    attention: async () => answer(() => exceptions.view()),
    retry: async (what) =>
      run(() => {
        exceptions.settle((group, record) =>
          what === "all"
            ? false
            : "some" in what && what.some
              ? what.some.includes(record.id)
              : group.id === what.group,
        );
      }),
    fixMapping: async (change, group) =>
      run(() => {
        mappings.change([change]);
        exceptions.settle((each) => each.id === group);
      }),
    pickCandidate: async (id) =>
      run(() => {
        exceptions.settle((_, record) => record.id === id);
      }),
    keep: async (id) =>
      run(() => {
        exceptions.settle((_, record) => record.id === id);
      }),
    ignore: async (ids, reason) =>
      answer(() => {
        exceptions.ignore(ids, reason);
        return exceptions.view();
      }),
    undoIgnore: async (id) =>
      answer(() => {
        exceptions.undoIgnore(id);
        return exceptions.view();
      }),

    mappings: async () => answer(() => mappings.view()),
    previewMapping: async (change) => answer(() => mappings.preview(change)),
    changeMappings: async (changes) =>
      answer(() => {
        mappings.change(changes);
        return mappings.view();
      }),
    acceptSuggestions: async () =>
      answer(() => {
        mappings.accept();
        return mappings.view();
      }),

    connections: async () => answer(() => books.connections(chosen.state === "partial")),
    testConnection: async () => answer(() => books.connections(chosen.state === "partial")),
    disconnect: async (id) =>
      answer(() => ({
        connections: books.connections(false).connections.filter((each) => each.id !== id),
      })),

    previewUndo: async (run) => answer(() => undo(run, null)),
    undo: async (run) => answer(() => undo(run, run + 100)),
    apart: async () => answer(() => ({ records: apart })),
    endApart: async (record) =>
      answer(() => {
        apart = apart.filter((it) => it.record !== record);
        return { records: apart };
      }),

    history: async () => answer(() => history.view()),
    previewHistory: async (from) => answer(() => history.preview(from)),
    askHistory: async (from, until) => answer(() => history.ask(from, until)),
    holdHistory: async (waits) => answer(() => history.hold(waits)),
    cancelHistory: async () => answer(() => history.cancel()),

    rules: async () => answer(() => rules.view()),
    changeRules: async (changes, save) => answer(() => rules.change(changes, save)),
    choosePreset: async (preset, save) => answer(() => rules.choose(preset, save)),
    exportRules: async () =>
      answer(() => ({ path: "/home/ana/Downloads/Counterfoil rules 2026-11-22.json", lines: 40 })),
    importRules: async (text, save) => answer(() => rules.take(text, save)),

    schedule: async () => answer(() => schedule.view()),
    setSchedule: async (kind, choice) =>
      answer(() => {
        schedule.choose(kind, choice);
        return schedule.view();
      }),
    pauseSchedules: async (pause) =>
      answer(() => {
        schedule.pause(pause);
        return schedule.view();
      }),
    resumeSchedules: async () =>
      answer(() => {
        schedule.pause(null);
        return schedule.view();
      }),

    settings: async () => {
      await wait(5);
      return settings;
    },
    savePreferences: async (preferences) => {
      settings = { ...settings, preferences };
      return Promise.resolve(settings);
    },
    openPage: async () => Promise.resolve(),
    openDataFolder: async () => Promise.resolve(),
    pagePainted: () => undefined,
    onStale: async (heard) => {
      hearStale = heard;
      return Promise.resolve();
    },
    onRunEnded: async () => Promise.resolve(),
  };
}

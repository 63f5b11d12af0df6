import { Channel } from "@tauri-apps/api/core";
import { type Backend, Failure } from "./backend";
import { commands, events, type ErrorView, type Progress } from "./bindings";

type Answer<T> = { status: "ok"; data: T } | { status: "error"; error: ErrorView };

async function value<T>(answer: Promise<Answer<T>>): Promise<T> {
  const got = await answer;
  if (got.status === "ok") return got.data;
  // The framework's own refusals are plain text; ours are views.
  if (typeof got.error === "object") throw new Failure(got.error);
  throw new Error(String(got.error));
}

async function done(answer: Promise<Answer<null>>): Promise<void> {
  await value(answer);
}

/** The application in the same process, through the shell's commands. */
export const tauriBackend: Backend = {
  setup: async () => value(commands.setup()),
  signInXero: async (form) => value(commands.signInXero(form)),
  openSignInPage: async () => done(commands.openSignInPage()),
  cancelSignIn: async () => done(commands.cancelSignIn()),
  chooseOrganisation: async (id) => value(commands.chooseOrganisation(id)),
  connectErpnext: async (form) => value(commands.connectErpnext(form)),
  signInErpnext: async (form) => value(commands.signInErpnext(form)),
  chooseCompany: async (id) => value(commands.chooseCompany(id)),
  check: async () => value(commands.check()),
  installMarkerFields: async () => value(commands.installMarkerFields()),
  confirmMappings: async () => value(commands.confirmMappings()),
  lookAround: async () => value(commands.lookAround()),
  leaveDemo: async () => value(commands.leaveDemo()),

  overview: async () => value(commands.overview()),
  preview: async () => value(commands.preview()),
  sync: async (approve) => value(commands.sync(approve)),
  pause: async () => done(commands.pause()),
  resume: async () => done(commands.resume()),
  stop: async () => done(commands.stop()),
  watchProgress: async (onProgress) => {
    const channel = new Channel<Progress | null>();
    channel.onmessage = onProgress;
    await done(commands.watchProgress(channel));
  },

  runs: async (before) => value(commands.runs(before)),
  log: async (filter, before, limit) => value(commands.log(filter, before, limit)),
  logDetail: async (id) => value(commands.logDetail(id)),
  exportLog: async (filter, format) => value(commands.exportLog(filter, format)),

  attention: async () => value(commands.attention()),
  retry: async (what) => value(commands.retry(what)),
  fixMapping: async (change, group) => value(commands.fixMapping(change, group)),
  pickCandidate: async (exception, candidate) =>
    value(commands.pickCandidate(exception, candidate)),
  keep: async (exception, side) => value(commands.keep(exception, side)),
  ignore: async (exceptions, reason) => value(commands.ignore(exceptions, reason)),
  undoIgnore: async (exception) => value(commands.undoIgnore(exception)),

  mappings: async (anew) => value(commands.mappings(anew)),
  previewMapping: async (change) => value(commands.previewMapping(change)),
  changeMappings: async (changes) => value(commands.changeMappings(changes)),
  acceptSuggestions: async () => value(commands.acceptSuggestions()),

  connections: async () => value(commands.connections()),
  testConnection: async (id) => value(commands.testConnection(id)),
  disconnect: async (id) => value(commands.disconnect(id)),

  settings: async () => value(commands.settings()),
  savePreferences: async (preferences) => value(commands.savePreferences(preferences)),
  openPage: async (url) => done(commands.openPage(url)),
  openDataFolder: async () => done(commands.openDataFolder()),
  pagePainted: () => void commands.pagePainted(),

  onStale: async (heard) => {
    await events.stale.listen((event) => {
      heard(event.payload.tags);
    });
  },
  onRunEnded: async (heard) => {
    await events.runEnded.listen((event) => {
      heard(event.payload);
    });
  },
};

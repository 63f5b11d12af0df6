/**
 * The only door from the page to the application behind it.
 *
 * Two implementations: `tauri.ts` over the generated commands, and `mock/` with made-up books for
 * looking at every state in a browser. Components use the door and never the Tauri API.
 */
import type * as v from "./bindings";

export interface Backend {
  setup(): Promise<v.SetupView>;
  signInXero(form: v.XeroSignIn): Promise<v.SetupView>;
  openSignInPage(): Promise<void>;
  cancelSignIn(): Promise<void>;
  chooseOrganisation(id: string): Promise<v.SetupView>;
  connectErpnext(form: v.ErpnextSignIn): Promise<v.SetupView>;
  signInErpnext(form: v.ErpnextBrowserSignIn): Promise<v.SetupView>;
  chooseCompany(id: string): Promise<v.SetupView>;
  check(): Promise<v.CheckView>;
  installMarkerFields(): Promise<v.CheckView>;
  confirmMappings(): Promise<v.SetupView>;
  lookAround(): Promise<v.SetupView>;
  leaveDemo(): Promise<v.SetupView>;

  overview(): Promise<v.OverviewView>;
  preview(): Promise<v.PreviewView>;
  sync(approve: boolean): Promise<v.RunView>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  stop(): Promise<void>;
  /** Calls back at once and whenever the run under way moves; `null` when there is none. */
  watchProgress(onProgress: (progress: v.Progress | null) => void): Promise<void>;

  runs(before: number | null): Promise<v.RunView[]>;
  log(filter: v.LogFilter, before: number | null, limit: number): Promise<v.LogPage>;
  logDetail(id: number): Promise<v.LogDetail>;
  exportLog(filter: v.LogFilter, format: v.ExportFormat): Promise<v.Exported>;

  attention(): Promise<v.AttentionView>;
  retry(what: v.RetryWhat): Promise<v.RunView>;
  fixMapping(change: v.MappingChange, group: string): Promise<v.RunView>;
  pickCandidate(exception: number, candidate: string): Promise<v.RunView>;
  keep(exception: number, side: v.Side): Promise<v.RunView>;
  ignore(exceptions: number[], reason: string): Promise<v.AttentionView>;
  undoIgnore(exception: number): Promise<v.AttentionView>;

  /** With what both sides offer: read now, or within the last ten minutes. */
  mappings(anew: boolean): Promise<v.MappingsView>;
  previewMapping(change: v.MappingChange): Promise<v.MappingPreview>;
  changeMappings(changes: v.MappingChange[]): Promise<v.MappingsView>;
  acceptSuggestions(): Promise<v.MappingsView>;

  connections(): Promise<v.ConnectionsView>;
  testConnection(id: number): Promise<v.ConnectionsView>;
  disconnect(id: number): Promise<v.ConnectionsView>;

  settings(): Promise<v.SettingsView>;
  savePreferences(preferences: v.Preferences): Promise<v.SettingsView>;
  openPage(url: string): Promise<void>;
  openDataFolder(): Promise<void>;
  /** Tells the shell that the page has painted. */
  pagePainted(): void;

  onStale(heard: (tags: v.Tag[]) => void): Promise<void>;
  onRunEnded(heard: (run: v.RunView) => void): Promise<void>;
}

/** A failure with its cause and next step; the only thing a backend call throws. */
export class Failure extends Error {
  readonly view: v.ErrorView;

  constructor(view: v.ErrorView) {
    super(view.message);
    this.name = "Failure";
    this.view = view;
  }
}

/** Any thrown value as a view, so that every failure can be shown with a next step. */
export function asErrorView(thrown: unknown): v.ErrorView {
  if (thrown instanceof Failure) return thrown.view;
  return {
    code: "bug",
    message: "Something went wrong in Counterfoil itself.",
    next_step: "Try again. If it happens again, send the details to your developer.",
    details: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown),
    side: null,
  };
}

// Pictures of every page and state of the mock build, light and dark, and an accessibility check.
//   npm run build:mock && npm run look -- OUTPUT_FOLDER
// CHROMIUM names the browser where it is not /usr/bin/chromium. Ends with 1 where axe finds a fault.
import { createReadStream, existsSync, mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const out = process.argv[2] ?? join(root, "pictures");
const only = process.argv[3];
const dist = join(root, "dist-mock");
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const views = [
  ["setup-xero", "state=setup"],
  [
    "setup-waiting",
    "state=waiting",
    async (page) => {
      await page.getByLabel("Client id").fill("7B1F0C2E9D3A4C5F8E6A1D2B3C4F5A60");
      await page.getByRole("button", { name: "Sign in with Xero" }).click();
      await page.getByText("Waiting for you").waitFor();
    },
  ],
  [
    "setup-more-ways",
    "state=setup",
    async (page) => {
      await page.getByRole("button", { name: "More ways" }).click();
      await page.getByLabel("Client secret").first().check();
      await page.getByLabel("Client id").fill("7B1F");
      await page.getByLabel("Client secret").last().focus();
    },
  ],
  [
    "setup-organisations",
    "state=organisations#/setup?step=xero",
    async (page) => {
      await page.getByRole("button", { name: /Xero/ }).first().click();
    },
  ],
  ["setup-erpnext", "state=erpnext"],
  [
    "setup-erpnext-refused",
    "state=erpnext",
    async (page) => {
      await page.getByLabel("Address").fill("erp.mapleflorist.example");
      await page.getByLabel("API key", { exact: true }).fill("wrong1");
      await page.getByLabel("API secret").fill("x");
      await page.getByRole("button", { name: "Connect ERPNext" }).click();
      await page.getByRole("alert").waitFor();
    },
  ],
  [
    "setup-erpnext-browser",
    "state=erpnext",
    async (page) => {
      await page.getByLabel("Address").fill("erp.mapleflorist.example");
      await page.getByLabel("Sign in in the browser").check();
      await page.getByLabel("App Client ID").fill("bfa39ich9a");
    },
  ],
  [
    "setup-erpnext-made",
    "state=erpnext",
    async (page) => {
      await page.getByLabel("Address").fill("erp.mapleflorist.example");
      await page.getByLabel("Sign in in the browser").check();
      await page.getByRole("button", { name: "with an API key" }).click();
    },
  ],
  [
    "setup-custom-connection",
    "state=setup",
    async (page) => {
      await page.getByRole("button", { name: "More ways" }).click();
      await page.getByLabel("Custom connection").check();
      await page.getByLabel("Client id").fill("7B1F0C2E9D3A4C5F8E6A1D2B3C4F5A60");
    },
  ],
  ["setup-check", "state=check"],
  [
    "setup-consent",
    "state=check",
    async (page) => {
      await page.getByRole("button", { name: "Install marker fields" }).click();
      await page.getByRole("dialog").waitFor();
    },
  ],
  ["setup-map", "state=map"],
  ["setup-preview", "state=first-preview"],
  ["overview", "state=attention#/overview"],
  [
    "overview-by-month",
    "state=attention#/overview",
    async (page) => {
      await page.getByRole("button", { name: "Net invoiced by month" }).click();
    },
  ],
  [
    "overview-credit",
    "state=attention#/overview",
    async (page) => {
      await page.getByLabel("Currency").selectOption("EUR");
    },
  ],
  ["overview-agrees", "state=agrees#/overview"],
  ["overview-running", "state=running#/overview"],
  ["overview-partial", "state=partial#/overview"],
  ["overview-empty", "state=empty#/overview"],
  [
    "overview-apart",
    "state=attention#/overview",
    async (page) => {
      await page.getByRole("button", { name: /owed differently/ }).click();
    },
  ],
  [
    "overview-restored",
    "state=restored#/overview",
    async (page) => {
      await page.getByRole("button", { name: "Sync now" }).first().click();
      await page.getByText("Was ERPNext restored").waitFor();
    },
  ],
  [
    "overview-elsewhere",
    "state=elsewhere#/overview",
    async (page) => {
      await page.getByRole("button", { name: "Sync now" }).first().click();
      await page.getByRole("dialog").waitFor();
    },
  ],
  ["attention", "state=attention#/attention"],
  [
    "attention-payments",
    "state=attention#/attention",
    async (page) => {
      await page.getByText("No bank account").first().scrollIntoViewIfNeeded();
      await page.getByText("Payment for INV-0390").first().scrollIntoViewIfNeeded();
    },
  ],
  [
    "attention-credit-notes",
    "state=attention#/attention",
    async (page) => {
      await page.getByText("Credit not used").first().scrollIntoViewIfNeeded();
      await page.getByText("CN-0022").first().scrollIntoViewIfNeeded();
    },
  ],
  ["attention-empty", "state=agrees#/attention"],
  [
    "attention-apart",
    "state=agrees#/attention",
    async (page) => {
      await page.getByRole("button", { name: "Show Kept apart" }).click();
      await page.getByText("Run 41 was undone").waitFor();
    },
  ],
  [
    "attention-ignore",
    "state=attention#/attention",
    async (page) => {
      await page.getByRole("button", { name: "Ignore INV-0412" }).click();
    },
  ],
  [
    "attention-keep",
    "state=attention#/attention",
    async (page) => {
      await page.getByRole("button", { name: /Keep Xero's values for/ }).click();
      await page.getByRole("dialog").waitFor();
    },
  ],
  [
    "activity",
    "state=attention#/activity",
    async (page) => {
      await page.locator("[role=option]").nth(1).click();
      await page.getByText("secrets removed").waitFor();
    },
  ],
  [
    "activity-payment",
    "state=attention#/activity",
    async (page) => {
      await page.getByText("ACC-PAY-2026-00117", { exact: true }).first().click();
      await page.getByText("Nothing was written").waitFor();
    },
  ],
  ["activity-runs", "state=attention#/activity?view=runs"],
  [
    "activity-search",
    "state=attention#/activity",
    async (page) => {
      await page.keyboard.press("/");
      await page.keyboard.type("lindqvist");
      await page.waitForTimeout(500);
    },
  ],
  [
    "activity-export",
    "state=attention#/activity",
    async (page) => {
      await page.getByRole("button", { name: "Export" }).click();
      await page.getByRole("menuitem", { name: "Spreadsheet" }).waitFor();
    },
  ],
  ["records", "state=attention#/records"],
  [
    "records-one",
    "state=attention#/records",
    async (page) => {
      await page.locator("[role=option]").nth(10).click();
      await page.getByText("agreed before").first().waitFor();
    },
  ],
  [
    "records-contact",
    "state=attention#/records",
    async (page) => {
      await page.keyboard.press("/");
      await page.keyboard.type("harbour");
      await page.waitForTimeout(400);
      await page.keyboard.press("Enter");
      await page.getByText("And more").waitFor();
    },
  ],
  [
    "records-filtered",
    "state=attention#/records",
    async (page) => {
      await page.getByLabel("Kind").selectOption("payment");
      await page.getByLabel("State").selectOption("alone");
      await page.getByLabel("Amount").fill("100..900");
      await page.waitForTimeout(400);
    },
  ],
  [
    "records-amount",
    "state=attention#/records",
    async (page) => {
      await page.getByLabel("Amount").fill("12 pounds");
      await page.getByText("Write it like").waitFor();
    },
  ],
  [
    "records-none",
    "state=attention#/records",
    async (page) => {
      await page.getByRole("textbox", { name: /Number, name/ }).fill("zebra");
      await page.getByText("No record matches").first().waitFor();
    },
  ],
  [
    "records-export",
    "state=attention#/records",
    async (page) => {
      await page.getByRole("button", { name: "Export" }).click();
      await page.getByRole("menuitem", { name: "CSV" }).click();
      await page.getByText("written to").waitFor();
    },
  ],
  ["records-empty", "state=empty#/records"],
  ["activity-empty", "state=empty#/activity"],
  [
    "preview",
    "state=attention#/preview",
    async (page) => {
      await page.locator("[role=option]").nth(3).click();
    },
  ],
  [
    "preview-second-of-a-name",
    "state=attention#/preview",
    async (page) => {
      await page.getByText("Castle Catering", { exact: true }).first().click();
    },
  ],
  [
    "preview-payment",
    "state=attention#/preview",
    async (page) => {
      await page.getByText("ACC-PAY-2026-00119", { exact: true }).first().click();
      await page.getByText("pays INV-0407").scrollIntoViewIfNeeded();
    },
  ],
  [
    "preview-credit-note",
    "state=attention#/preview",
    async (page) => {
      await page.getByText("ACC-SINV-RET-2026-00009", { exact: true }).first().click();
      await page.getByText("used for INV-0407").first().scrollIntoViewIfNeeded();
    },
  ],
  [
    "preview-left",
    "state=attention#/preview",
    async (page) => {
      await page.getByLabel("Search what is planned").fill("a");
      await page.getByRole("button", { name: "Leave these for later" }).click();
      await page.getByRole("button", { name: "Take these along" }).waitFor();
      await page.locator("[role=listbox] [role=option]").first().click();
    },
  ],
  ["preview-empty", "state=agrees#/preview"],
  [
    "undo",
    "state=attention#/activity?view=runs",
    async (page) => {
      await page.getByRole("button", { name: "Undo run" }).first().click();
      await page.getByRole("button", { name: "Undo 34 records" }).waitFor();
    },
  ],
  ["rules", "state=attention#/rules"],
  [
    "rules-preset",
    "state=attention#/rules",
    async (page) => {
      await page.getByText("ERPNext sells, Xero keeps the books").click();
      await page.getByRole("dialog").waitFor();
    },
  ],
  [
    "rules-import",
    "state=attention#/rules",
    async (page) => {
      await page.locator("input[type=file]").setInputFiles({
        name: "rules.json",
        mimeType: "application/json",
        buffer: Buffer.from('{"counterfoil":"rules"}'),
      });
      await page.getByRole("dialog").waitFor();
    },
  ],
  ["history", "state=running#/history"],
  ["history-waits", "state=partial#/history"],
  [
    "history-ask",
    "state=attention#/history",
    async (page) => {
      await page.getByLabel("From", { exact: true }).fill("2023-01-01");
      await page.getByRole("button", { name: "See what would come" }).click();
      await page.getByRole("button", { name: "Import them" }).waitFor();
    },
  ],
  ["mappings", "state=attention#/mappings"],
  [
    "mappings-tracking",
    "state=attention#/mappings",
    async (page) => {
      await page.getByText("Region · South").first().scrollIntoViewIfNeeded();
    },
  ],
  [
    "mappings-tracking-off",
    "state=map",
    async (page) => {
      await page.getByText("Nothing here is mapped").scrollIntoViewIfNeeded();
    },
  ],
  [
    "mappings-tracking-begun",
    "state=map",
    async (page) => {
      await page.getByRole("button", { name: "Map 1 suggestion" }).click();
      await page.getByText("Nothing here is mapped").waitFor({ state: "detached" });
      await page.getByText("Region · South").first().scrollIntoViewIfNeeded();
    },
  ],
  [
    "mappings-banks",
    "state=attention#/mappings",
    async (page) => {
      await page
        .getByLabel("ERPNext bank account for Business Bank Account")
        .scrollIntoViewIfNeeded();
    },
  ],
  [
    "mappings-change",
    "state=attention#/mappings",
    async (page) => {
      await page.getByLabel("ERPNext account for Sales").selectOption("Freight Income - MF");
      await page.getByRole("dialog").waitFor();
    },
  ],
  [
    "mappings-both-ways",
    "state=attention#/mappings",
    async (page) => {
      await page.getByLabel("ERPNext account for Sales").selectOption("Wedding Sales - MF");
      await page.getByLabel("Change the way back, too").check();
      await page.getByText("until now").nth(1).waitFor();
    },
  ],
  ["schedule", "state=attention#/schedule"],
  ["schedule-by-hand", "state=empty#/schedule"],
  ["schedule-unreached", "state=partial#/schedule"],
  [
    "schedule-change",
    "state=attention#/schedule",
    async (page) => {
      await page.getByRole("button", { name: "Change when all others" }).click();
      await page.getByLabel("How often").selectOption("minutes");
      await page.getByLabel("Only in these hours").check();
      await page.getByLabel("Not while a month").check();
    },
  ],
  [
    "schedule-paused",
    "state=attention#/schedule",
    async (page) => {
      await page.getByLabel("Pause", { exact: true }).selectOption("tomorrow");
      await page.getByRole("button", { name: "Resume" }).waitFor();
    },
  ],
  ["connections", "state=attention#/connections"],
  ["connections-partial", "state=partial#/connections"],
  ["settings", "state=attention#/settings"],
  ["error", "state=error"],
  ["loading", "state=loading"],
];

const types = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".woff2": "font/woff2",
};
const server = createServer((request, response) => {
  const path = new URL(request.url, "http://x").pathname;
  const file = join(dist, path === "/" ? "index.html" : path);
  if (!existsSync(file)) return response.writeHead(404).end();
  response.writeHead(200, {
    "content-type": types[extname(file)] ?? "application/octet-stream",
    // The same policy as in the window, so that what breaks there breaks here.
    "content-security-policy":
      "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'",
  });
  createReadStream(file).pipe(response);
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const { port } = server.address();

mkdirSync(out, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
let faults = 0;
for (const theme of ["light", "dark"]) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    colorScheme: theme,
    bypassCSP: false,
    locale: "en-GB",
    timezoneId: "UTC",
  });
  for (const [name, address, act] of views) {
    if (only && !name.startsWith(only)) continue;
    const page = await context.newPage();
    const said = [];
    page.on("console", (message) => {
      if (message.type() === "error" && !message.location().url.endsWith("favicon.ico"))
        said.push(message.text());
    });
    page.on("pageerror", (error) => said.push(String(error)));
    const [search, hash = ""] = address.split("#");
    await page.goto(`http://127.0.0.1:${port}/?${search}&theme=${theme}#${hash}`);
    await page.waitForTimeout(name.includes("preview") || name === "loading" ? 700 : 250);
    try {
      if (act) await act(page);
    } catch (error) {
      said.push(`cannot act: ${String(error).split("\n")[0]}`);
    }
    await page.waitForTimeout(120);
    await page.screenshot({ path: join(out, `${name}-${theme}.png`) });
    const wide = await page.evaluate(
      () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
    );
    if (wide) said.push("scrolls sideways");
    const found = await page.evaluate(
      `(() => { ${axe}; return axe.run(document, { runOnly: ["wcag2a","wcag2aa","wcag21aa","best-practice"] }); })()`,
    );
    for (const fault of found.violations) {
      const nodes = fault.nodes
        .slice(0, 3)
        .map((node) => `${node.target.join(" ")} ${node.any[0]?.message ?? ""}`);
      said.push(`axe ${fault.impact} ${fault.id}: ${nodes.join(" | ")}`);
    }
    faults += said.length;
    for (const line of said) console.log(`${name} ${theme}: ${line}`);
    await page.close();
  }
  await context.close();
}
await browser.close();
server.close();
console.log(faults === 0 ? "no faults" : `${faults} faults`);
process.exit(faults === 0 ? 0 : 1);

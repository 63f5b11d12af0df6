/** What is wrong with a Xero client id; `undefined` where nothing is. */
export function clientIdProblem(text: string): string | undefined {
  const id = text.trim();
  if (id === "") return "Paste the client id of your Xero app.";
  if (/^[0-9a-f]{32}$/i.test(id)) return undefined;
  if (/[^0-9a-z-]/i.test(id)) return "A client id has letters and digits only.";
  if (id.length < 16) return `A client id has 32 letters and digits; this has ${id.length}.`;
  return undefined;
}

/** Whether it has the form Xero gives client ids, so that a tick can be shown. */
export function clientIdLooksRight(text: string): boolean {
  return /^[0-9a-f]{32}$/i.test(text.trim());
}

/** An ERPNext address as typed, made whole: a scheme put before it, the path taken off. */
export function siteAddress(text: string): string | undefined {
  const typed = text.trim();
  if (typed === "" || /\s/.test(typed)) return undefined;
  const local = /^(localhost|127\.|\[::1\])/i.test(typed);
  const whole = /^https?:\/\//i.test(typed) ? typed : `${local ? "http" : "https"}://${typed}`;
  try {
    const url = new URL(whole);
    return url.hostname.includes(".") || url.hostname === "localhost" || url.hostname === "[::1]"
      ? url.origin
      : undefined;
  } catch {
    return undefined;
  }
}

export function siteProblem(text: string): string | undefined {
  if (text.trim() === "") return "Enter the address you open ERPNext with.";
  const address = siteAddress(text);
  if (!address) return "This is not a web address. It looks like erp.example.com.";
  const host = new URL(address).hostname;
  const local = host === "localhost" || host === "127.0.0.1" || host === "[::1]";
  if (address.startsWith("http://") && !local) {
    return "Use https://, so that the key cannot be read on the way.";
  }
  return undefined;
}

/** The page of an ERPNext site where an OAuth Client is added. */
export function oauthClientPage(site: string): string | undefined {
  const address = siteAddress(site);
  return address ? `${address}/app/oauth-client/new` : undefined;
}

/** The page of an ERPNext site where API keys are made. */
export function keyPage(site: string): string | undefined {
  const address = siteAddress(site);
  return address ? `${address}/app/user` : undefined;
}

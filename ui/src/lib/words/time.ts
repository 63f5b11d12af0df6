import { locale } from "./locale";

/** `14:02:11` of an instant, in the person's time zone. */
export function clockTime(instant: string, seconds = true): string {
  return new Intl.DateTimeFormat(locale(), {
    hour: "2-digit",
    minute: "2-digit",
    ...(seconds ? { second: "2-digit" as const } : {}),
    hourCycle: "h23",
  }).format(new Date(instant));
}

/**
 * A calendar day as written in the books (`2026-11-22`). It has no time zone and must not be
 * shifted by one.
 */
export function calendarDay(day: string): string {
  return new Intl.DateTimeFormat(locale(), {
    day: "numeric",
    month: "short",
    year: "numeric",
    timeZone: "UTC",
  }).format(new Date(`${day}T00:00:00Z`));
}

/** `2026-11` as "Nov" under a bar, or "November 2026"; a month of the books has no time zone. */
export function monthName(month: string, form: "short" | "full"): string {
  return new Intl.DateTimeFormat(locale(), {
    ...(form === "short" ? { month: "short" } : { month: "long", year: "numeric" }),
    timeZone: "UTC",
  }).format(new Date(`${month}-01T00:00:00Z`));
}

/** The day of an instant, in the person's time zone. */
export function dayOf(instant: string): string {
  return new Intl.DateTimeFormat(locale(), {
    day: "numeric",
    month: "short",
    year: "numeric",
  }).format(new Date(instant));
}

/** `22 Nov, 14:02`, or only the time if it was today. */
export function moment(instant: string, now: Date): string {
  const time = clockTime(instant, false);
  if (sameDay(new Date(instant), now)) return time;
  const day = new Intl.DateTimeFormat(locale(), { day: "numeric", month: "short" });
  const withYear = new Date(instant).getFullYear() === now.getFullYear();
  return `${withYear ? day.format(new Date(instant)) : dayOf(instant)}, ${time}`;
}

/** Time for a list: today's as a clock time with seconds, older ones with their day. */
export function listTime(instant: string, now: Date): string {
  return sameDay(new Date(instant), now) ? clockTime(instant) : moment(instant, now);
}

function sameDay(left: Date, right: Date): boolean {
  return left.toDateString() === right.toDateString();
}

/** "just now", "2 minutes ago", "3 hours ago", and then the moment itself. */
export function ago(instant: string, now: Date): string {
  const seconds = Math.floor((now.getTime() - new Date(instant).getTime()) / 1000);
  if (seconds < 45) return "just now";
  const words = new Intl.RelativeTimeFormat("en", { numeric: "always" });
  const minutes = Math.max(1, Math.round(seconds / 60));
  if (minutes < 60) return words.format(-minutes, "minute");
  const hours = Math.round(minutes / 60);
  if (hours < 12) return words.format(-hours, "hour");
  return moment(instant, now);
}

/** Whole seconds from now until an instant; never less than nothing. */
export function secondsUntil(instant: string, now: Date): number {
  return Math.max(0, Math.ceil((new Date(instant).getTime() - now.getTime()) / 1000));
}

/** How long a run took: "4 s", "2 min 05 s", "1 h 12 min". */
export function duration(from: string, to: string): string {
  const seconds = Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, "0")} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

/** The instant at which the person's day began, `days` days ago. */
export function startOfDay(now: Date, days = 0): string {
  const start = new Date(now);
  start.setHours(0, 0, 0, 0);
  start.setDate(start.getDate() - days);
  return start.toISOString();
}

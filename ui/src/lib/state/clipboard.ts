import { notices } from "./notices.svelte";

/** Copies text and says so. */
export async function copyText(text: string): Promise<void> {
  if (await tryCopy(text)) notices.say("Copied.");
  else
    notices.add({
      tone: "bad",
      text: "It could not be copied.",
      more: "Select it and copy it yourself.",
    });
}

async function tryCopy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyThroughSelection(text);
  }
}

/** For web views that keep the clipboard from pages. */
function copyThroughSelection(text: string): boolean {
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "out-of-sight";
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  return copied;
}

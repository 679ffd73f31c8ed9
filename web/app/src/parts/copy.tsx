// A command to take along, and the button that takes it.
import { useSignal } from "@preact/signals";

async function toClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text); // not there on file:// in some browsers
    return true;
  } catch {
    return false;
  }
}

export function Command({ what, command }: { what: string; command: string }) {
  const said = useSignal("");
  const copy = async () => {
    said.value = (await toClipboard(command)) ? "copied" : "select it by hand";
    setTimeout(() => { said.value = ""; }, 2000);
  };
  return (
    <div class="command">
      <span class="what">{what}</span>
      <code tabIndex={0}>{command}</code>
      <button type="button" onClick={copy} aria-label={`Copy: ${what}`}>{said.value || "Copy"}</button>
    </div>
  );
}

// The token that the server wants to see: behind the # of the address that `tarama dash` printed,
// then in this tab's session. A tab without one asks the other tabs of this page.

const key = "tarama-token";

export function takeTokenFromAddress(): void {
  const match = /^#token=([0-9a-f]+)$/.exec(location.hash);
  if (match) {
    sessionStorage.setItem(key, match[1]!);
    history.replaceState(null, "", location.pathname + location.search);
  }
}

export function token(): string {
  return sessionStorage.getItem(key) ?? "";
}

/** Answers other tabs, and asks them where this one has no token. */
export async function shareToken(): Promise<void> {
  const channel = new BroadcastChannel("tarama-token");
  channel.addEventListener("message", (event) => {
    if (event.data === "?" && token()) {
      channel.postMessage({ token: token() });
    }
  });
  if (token()) {
    return;
  }
  await new Promise<void>((resolve) => {
    channel.addEventListener("message", (event) => {
      const given: unknown = event.data?.token;
      if (typeof given === "string") {
        sessionStorage.setItem(key, given);
        resolve();
      }
    });
    channel.postMessage("?");
    setTimeout(resolve, 300);
  });
}

// Something that one view alone fetches, anew when its key changes.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

export function useFetched<T>(key: string, fetch: () => Promise<T>): { value: T | null; problem: string | null } {
  const value = useSignal<T | null>(null);
  const problem = useSignal<string | null>(null);
  useEffect(() => {
    let isOver = false;
    fetch().then(
      (found) => { if (!isOver) { value.value = found; problem.value = null; } },
      (error) => { if (!isOver) { problem.value = String(error.message ?? error); } },
    );
    return () => { isOver = true; };
  }, [key]);
  return { value: value.value, problem: problem.value };
}

import assert from "node:assert/strict";
import { longCommands, stopMessage } from "@/lab/commands/stop_words.ts";

Deno.test("stopMessage() says what is kept, by what the command keeps", () => {
  const kept = (part: string): string[] =>
    longCommands.filter((name) => stopMessage(name).includes(part));
  assert.deepEqual(kept("features and memory banks in the cache are kept"), [
    ...["run", "scenarios", "demo"],
  ]);
  assert.deepEqual(kept("complete files stay"), ["audit", "backbone", "data"]);
  assert.equal(
    stopMessage("predict"),
    'Cannot finish "predict": stopped; a file of --out is not made',
  );
  assert.equal(stopMessage("extend"), 'Cannot finish "extend": stopped; nothing was written');
});

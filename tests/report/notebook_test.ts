import assert from "node:assert/strict";
import { join } from "node:path";

/** Runs cells as a script, outside of the kernel. */
async function runScript(code: string): Promise<{ success: boolean; text: string }> {
  const root = join(import.meta.dirname!, "../..");
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "-q", code],
    cwd: root,
    env: { NO_COLOR: "1" },
  }).output();
  return { success, text: new TextDecoder().decode(stdout) };
}

Deno.test("show() prints text outside of a notebook", async () => {
  const { success, text } = await runScript(
    'import { show } from "@/report/notebook.ts"; await show([{ class: "nut", images: 80 }]);',
  );
  assert.ok(success);
  assert.equal(text, "class  images\n─────  ──────\nnut        80\n");
});

Deno.test("show() reports what it cannot show and goes on", async () => {
  const { success, text } = await runScript(
    'import { show } from "@/report/notebook.ts"; await show(5); await show("next");',
  );
  assert.ok(success);
  assert.match(text, /^Cannot show a value: it must be a text, .*, got 5\nnext\n$/);
});

Deno.test("showProgress() prints one full bar outside of a notebook", async () => {
  const { text } = await runScript(
    'import { showProgress } from "@/report/notebook.ts"; const p = await showProgress("Fitting");' +
      "p.report(0.5); await p.finish();",
  );
  assert.equal(text, `Fitting  ${"█".repeat(20)}  100 %\n`);
});

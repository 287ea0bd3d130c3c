import assert from "node:assert/strict";
import { configKeys } from "@/config.ts";
import { configCommand, keyHelp } from "@/lab/commands/config.ts";
import { collectOutput } from "../../helpers/output.ts";

async function explain(word: string | null, ...overrides: string[]): Promise<string> {
  const { output, text } = collectOutput();
  await configCommand({ configPath: null, overrides, output, explained: word });
  return text();
}

Deno.test("configCommand() explains a key by its path, its last part or its section, in any case", async () => {
  const whole = await explain("MODEL.sampler_ratio");
  assert.match(whole, /^MODEL\.sampler_ratio\n {2}\S/);
  assert.equal(await explain("Sampler_Ratio"), whole);
  const runtime = await explain("RUNTIME");
  const names = configKeys.map(({ path }) => path).filter((path) => path.startsWith("RUNTIME."));
  assert.deepEqual(runtime.split("\n\n").map((part) => part.split("\n")[0]), names);
  // Two sections have a key of this name.
  assert.equal((await explain("known_class")).split("\n\n").length, 2);
});

Deno.test("configCommand() shows what a key is here where that is not the default", async () => {
  assert.doesNotMatch(await explain("patch_size"), /^ {2}here/m);
  assert.match(await explain("patch_size", "MODEL.patch_size=5"), /^ {2}here {5}5$/m);
  assert.match(await explain("layers", "MODEL.layers=[stride16]"), /^ {2}here {5}\[stride16\]$/m);
});

Deno.test("configCommand() asks whether another key was meant", async () => {
  await assert.rejects(explain("patchsize"), {
    name: "RangeError",
    message: 'Cannot explain "patchsize": unknown key "patchsize", did you mean "patch_size"?',
  });
});

Deno.test("keyHelp() names every key once, with its default, within a hundred columns", () => {
  const lines = keyHelp(() => true).split("\n");
  const named = lines.flatMap((line) => line.match(/^ {2}([A-Z]+\.\w+)=/)?.[1] ?? []);
  assert.deepEqual(named, configKeys.map(({ path }) => path));
  assert.ok(lines.every((line) => line.length <= 100));
  assert.ok(lines.some((line) => line.startsWith("  MODEL.layers=[stride8,stride16]")));
});

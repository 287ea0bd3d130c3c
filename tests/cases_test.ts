/**
 * What users of other programs stumbled over: every `../shared/cases/<case>/reproduce.sh`, run on a
 * copy of the project, into which some of them write. Without that folder there is nothing to run.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { repositoryRoot } from "@/files/environment.ts";
import { makeFolder } from "./helpers/folder.ts";
import { sharedFolder, testWithShared } from "./helpers/mod.ts";

let copy: Promise<string> | undefined;

/** Copies what the command line needs, once; packages are shared. Any user may read it. */
async function copyProject(): Promise<string> {
  const folder = join(makeFolder(), "project");
  await Deno.mkdir(folder);
  await Deno.chmod(join(folder, ".."), 0o755);
  const parts = ["src", "configs", "deno.json", "deno.lock"];
  const { success } = await new Deno.Command("cp", {
    args: ["-R", ...parts.map((part) => join(repositoryRoot, part)), folder],
  }).output();
  assert.ok(success, "the project can be copied");
  await Deno.symlink(join(repositoryRoot, "node_modules"), join(folder, "node_modules"));
  return folder;
}

function listCases(): string[] {
  try {
    return [...Deno.readDirSync(join(sharedFolder, "cases"))]
      .filter(({ isDirectory }) => isDirectory).map(({ name }) => name).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return ["(none)"];
    throw error;
  }
}

for (const name of listCases()) {
  testWithShared(`case ${name} passes`, `cases/${name}/reproduce.sh`, async (script) => {
    const folder = await (copy ??= copyProject());
    const { code, stdout, stderr } = await new Deno.Command("bash", {
      args: [script, folder],
      env: { HIERCORE_DATA: join(folder, "data"), NO_COLOR: "1" },
    }).output();
    const text = new TextDecoder().decode(stdout), errors = new TextDecoder().decode(stderr);
    assert.equal(code, 0, `${text}\n${errors}`);
    const last = text.trim().split("\n").at(-1)!;
    if (last.startsWith("SKIP")) {
      await Deno.stderr.write(new TextEncoder().encode(`SKIPPED case ${name}: ${last}\n`));
    } else assert.match(last, /^PASS/, text);
  });
}

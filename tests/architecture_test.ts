import assert from "node:assert/strict";
import { basename, join } from "node:path";
import {
  addresses,
  checkManners,
  checkPurity,
  countLines,
  importsOf,
  machinePaths,
  medianOf,
  runtimeExportsOf,
  takeApart,
  unpinned,
  unpinnedRequirements,
} from "./helpers_architecture.ts";

const root = join(import.meta.dirname!, "..");
const sources = readSources("src");
const core = sources.filter(({ path }) => !path.startsWith("src/io/"));
const everyCode = [...sources, ...["tests", "tools", "bench"].flatMap(readSources)];
const isDrawing = /^sample_(?:board|bolt|capsule|gear|plate|steel|weave)(?:_\w+)?\.ts$/;
const tracked = await listTracked();

interface SourceFile {
  readonly path: string;
  readonly text: string;
}

Deno.test("the pure core imports only itself and touches nothing outside", () => {
  assert.deepEqual(report(core, ({ text }) => checkPurity(text)), []);
});

Deno.test("every package that is imported is named in deno.json", () => {
  const names = new Set(Object.keys(readImports()));
  const isKnown = (name: string): boolean =>
    /^(?:@\/|node:|\.\.?\/)/.test(name) ||
    names.has(name.split("/").slice(0, name.startsWith("@") ? 2 : 1).join("/"));
  assert.deepEqual(
    report(
      everyCode,
      ({ text }) =>
        importsOf(text).filter((name) => !isKnown(name)).map((name) => `imports "${name}"`),
    ),
    [],
  );
});

Deno.test("every source file is short, and half of them are very short", () => {
  const lengths = sources.map(({ path, text }) => ({ path, lines: countLines(text) }));
  assert.deepEqual(lengths.filter(({ lines }) => lines > 350), []);
  const median = medianOf(lengths.map(({ lines }) => lines));
  assert.ok(median < 120, `the median must be under 120 lines, got ${median}`);
});

Deno.test("every source file that does something has its test", () => {
  const tests = new Map(readSources("tests").map(({ path, text }) => [basename(path), text]));
  const missing = sources
    .filter(({ text }) => runtimeExportsOf(text).length > 0 && !/; do not edit,/.test(text))
    .filter(({ path }) => !tests.has(`${basename(path, ".ts")}_test.ts`))
    .filter(({ path, text }) => !isTestedAsOneOfMany({ path, text }, tests))
    .map(({ path }) => path);
  assert.deepEqual(missing, [], "these files lack tests/<name>_test.ts");
});

Deno.test("no file is a drawer for leftovers, silences the compiler or leaves tests out", () => {
  assert.deepEqual(report(everyCode, ({ path, text }) => checkManners(path, text)), []);
});

Deno.test("every version is pinned, and the lock file names no host", () => {
  assert.deepEqual(unpinned(readImports()), []);
  assert.deepEqual(unpinnedRequirements(read("tools/requirements.txt")), []);
  assert.deepEqual(addresses(read("deno.lock")), []);
});

Deno.test("nothing generated is tracked", () => {
  const generated = /^(?:data|results|models|node_modules|\.venv|\.jupyter|\.cache)\//;
  const found = tracked.filter((path) => generated.test(path) && path !== "results/README.md");
  assert.deepEqual(found, []);
});

Deno.test("no tracked file names a folder of one machine", () => {
  const isText = /\.(?:ts|json|md|ipynb|ya?ml|py|txt|cff|as|lock)$|^\.ci\//;
  const files = tracked.filter((path) => isText.test(path) && isFile(join(root, path)))
    .map((path) => ({ path, text: read(path) }));
  assert.deepEqual(report(files, ({ text }) => machinePaths(text)), []);
});

Deno.test("takeApart() separates code, literals and comments", () => {
  const text = [
    'const a = "// no"; // Deno',
    "/* Date */ const b = `x ${c /* in */ + `${'}'}`} Deno`;",
    "const d = /[/'\"]Deno/g.test(b) ? 4 / 2 / 1 : 0; // end",
  ].join("\n");
  const { code, bare, comments } = takeApart(text);
  assert.equal(bare.includes("Deno"), false);
  assert.deepEqual(comments.match(/\w+/g), ["Deno", "Date", "in", "end"]);
  assert.ok(code.includes('"// no"') && code.includes(" Deno`") && bare.includes("4 / 2 / 1"));
  assert.ok(bare.includes("c ") && bare.includes(".test(b)"));
  assert.deepEqual([code.length, bare.length, comments.length], Array(3).fill(text.length));
});

Deno.test("importsOf() finds every way to import and none in comments", () => {
  const text = [
    'import type { A } from "@/a.ts";',
    'export * from "@/b.ts";',
    'import "node:fs";',
    'const c = await import("c");',
    '/** import { d } from "d"; */',
    '// from "e"',
    "const f = 'import \"f\"';",
  ].join("\n");
  assert.deepEqual(importsOf(text), ["@/a.ts", "@/b.ts", "node:fs", "c"]);
});

Deno.test("runtimeExportsOf() leaves out types, re-exports and what is not exported", () => {
  const text = [
    "export interface A {}",
    "export type B = 1;",
    'export * from "@/c.ts";',
    "const d = 1;",
    "export const e = 1;",
    "export async function f() {}",
    "export function* g() {}",
    "export class H {}",
    "// export const i = 1;",
  ].join("\n");
  assert.deepEqual(runtimeExportsOf(text), ["e", "f", "g", "H"]);
});

Deno.test("checkPurity() names what a core module must not reach for", () => {
  assert.deepEqual(checkPurity('import { a } from "@/io/a.ts";'), ['imports "@/io/a.ts"']);
  assert.deepEqual(checkPurity('import a from "node:fs";'), ['imports "node:fs"']);
  assert.deepEqual(checkPurity('await import("sharp");'), ['imports "sharp"']);
  assert.deepEqual(checkPurity('export * from "jsr:@std/yaml";'), ['imports "jsr:@std/yaml"']);
  assert.deepEqual(checkPurity("const a = Deno.pid;"), ["uses Deno"]);
  assert.deepEqual(checkPurity("new Date();"), ["uses Date"]);
  assert.deepEqual(checkPurity("performance.now();"), ["uses performance"]);
  assert.deepEqual(checkPurity("Math.random();"), ["uses Math.random"]);
  assert.deepEqual(checkPurity("`${console.log(1)}`;"), ["uses console"]);
  assert.deepEqual(
    checkPurity(
      'import { mean } from "simple-statistics";\nimport { a } from "@/a_b.ts";\n' +
        '/** `Deno.pid` */ const process = a.Date + "Deno" + { performance: 1 };',
    ),
    ["uses process"],
  );
});

Deno.test("checkManners() names every bad habit", () => {
  const habit = (text: string, path = "src/a.ts"): string[] => checkManners(path, text);
  assert.deepEqual(habit("", "src/utils.ts"), ['is named "utils"']);
  assert.deepEqual(habit("", "src/image_util.ts"), ['is named "utils"']);
  assert.deepEqual(habit("// TO" + "DO later"), ["has something left to do"]);
  assert.deepEqual(habit("// @ts-" + "ignore"), ["silences the compiler"]);
  assert.deepEqual(habit("let a: any;"), ['uses "any"']);
  assert.deepEqual(habit("const a = b as any;"), ['uses "any"']);
  assert.deepEqual(habit("try { a(); } catch { }"), ["has an empty catch"]);
  assert.deepEqual(habit("try { a(); } catch (error) {\n}"), ["has an empty catch"]);
  assert.deepEqual(habit("Deno.test({ ignore: true, name, fn });"), ["leaves tests out"]);
  assert.deepEqual(habit("Deno.test.only(name, fn);"), ["leaves tests out"]);
  assert.deepEqual(habit('// any\nconst any = "TODO: any"; Promise.any([]);'), []);
});

Deno.test("unpinned() accepts one exact version and our own folders only", () => {
  assert.deepEqual(
    unpinned({
      "@/": "./src/",
      a: "npm:a@1.2.3",
      b: "npm:@b/b@1.2.3-rc.1",
      c: "npm:c@^1.2.3",
      d: "npm:d",
      e: "npm:e@1",
    }),
    ["c → npm:c@^1.2.3", "d → npm:d", "e → npm:e@1"],
  );
  assert.deepEqual(unpinnedRequirements("# why\na==1.2\nb>=1\nc\n"), ["b>=1", "c"]);
});

Deno.test("machinePaths() and addresses() find what must not be committed", () => {
  const slash = "/";
  const folders = [["root", "x"], ["home", "ann", "x"], ["Users", "Ann", "x"], ["work", "x"]]
    .map((parts) => slash + parts.join(slash));
  for (const path of folders) assert.deepEqual(machinePaths(`at "${path}"`), [path]);
  assert.deepEqual(machinePaths("tests/work/x ./home/ann/x a/root/x ${folder}/work/x"), []);
  assert.deepEqual(addresses('{"a": "https:' + '//b.c/d"}'), ["https:" + "//b.c/d"]);
  assert.deepEqual(addresses('{"a": "npm:b@1.0.0"}'), []);
});

Deno.test("medianOf() and countLines() count as people do", () => {
  assert.equal(medianOf([3, 1, 2]), 2);
  assert.equal(medianOf([4, 1, 2, 3]), 2.5);
  assert.equal(countLines("a\nb\n"), 2);
  assert.equal(countLines("a\nb"), 2);
});

/** Charts and drawings of products are tested together, through a table of all of them. */
function isTestedAsOneOfMany(
  { path, text }: SourceFile,
  tests: ReadonlyMap<string, string>,
): boolean {
  const name = basename(path);
  if (isDrawing.test(name)) return tests.has("sample_image_test.ts");
  if (!name.startsWith("chart_")) return false;
  const names = new RegExp(`\\b(?:${runtimeExportsOf(text).join("|")})\\b`);
  return [...tests.values()].some((test) => names.test(test));
}

function report(
  files: readonly SourceFile[],
  check: (file: SourceFile) => readonly string[],
): string[] {
  return files.flatMap((file) => check(file).map((problem) => `${file.path} ${problem}`));
}

function readSources(folder: string): SourceFile[] {
  return [...Deno.readDirSync(join(root, folder))].flatMap((entry): SourceFile[] => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) return entry.name === "fixtures" ? [] : readSources(path);
    return path.endsWith(".ts") ? [{ path, text: read(path) }] : [];
  }).sort((a, b) => a.path < b.path ? -1 : 1);
}

function readImports(): Record<string, string> {
  return (JSON.parse(read("deno.json")) as { imports: Record<string, string> }).imports;
}

function read(path: string): string {
  return Deno.readTextFileSync(join(root, path));
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Files that git tracks; none, with a word on standard error, where this is not a git checkout. */
async function listTracked(): Promise<string[]> {
  try {
    const { success, stdout } = await new Deno.Command("git", {
      args: ["-C", root, "ls-files", "-z"],
      stderr: "null",
    }).output();
    if (success) return new TextDecoder().decode(stdout).split("\0").filter(Boolean);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const line = "SKIPPED checks of tracked files: this is not a git checkout\n";
  await Deno.stderr.write(new TextEncoder().encode(line));
  return [];
}

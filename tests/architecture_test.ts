import assert from "node:assert/strict";
import { basename, dirname, join } from "node:path";
import {
  circlesOf,
  climbingImports,
  doorFaults,
  exportedValues,
  fileEdges,
  floors,
  importsOf,
  impurities,
  pureFolders,
  readDoor,
  readSources,
  roomEdges,
  roomOf,
  type SourceFile,
  takeApart,
  worldlyParts,
} from "../tools/house.ts";
import {
  addresses,
  checkManners,
  countLines,
  machinePaths,
  unpinned,
  unpinnedRequirements,
} from "./helpers/architecture.ts";

const root = join(import.meta.dirname!, "..");
const sources = readSources("src");
const byPath = new Map(sources.map((file) => [file.path, file]));
const tests = readSources("tests");
const everyCode = [...sources, ...tests, ...["tools", "bench"].flatMap(readSources)];
const doors = sources.filter(({ path }) => path.endsWith("/mod.ts") && path !== "src/mod.ts");
/** Files of `src/` itself that notebooks import by name, as they do doors. */
const rootDoors = ["src/config.ts", "src/load_config.ts", "src/tables.ts"];
const tracked = await listTracked();
const notebooks = readNotebooks();

/** Drawings of products, which one test of the drawn images covers; kernels have theirs by use. */
const isDrawn = /^src\/(?:datasets\/sample|kernels)\//;

Deno.test("every file stands in a room and imports only rooms below its own", () => {
  assert.deepEqual(climbingImports(sources), []);
});

Deno.test("no circle between files and none between rooms, types included", () => {
  assert.deepEqual(circlesOf(fileEdges(sources)), []);
  assert.deepEqual(circlesOf(roomEdges(sources)), []);
});

Deno.test("pure rooms load nothing that touches the world, however far one follows", () => {
  const isPure = (path: string): boolean => {
    const folder = dirname(path).replace(/^src\//, "");
    return pureFolders.includes(folder) && basename(path) !== "mod.ts";
  };
  const pure = sources.filter(({ path }) => isPure(path));
  assert.ok(pure.length >= 50, `${pure.length} pure files`);
  assert.deepEqual(pure.flatMap(({ path }) => impurities(path, byPath)), []);
});

Deno.test("a folder has at most 20 files, a file at most 500 lines", () => {
  const folders = Map.groupBy(sources, ({ path }) => dirname(path));
  const full = [...folders].filter(([, files]) => files.length > 20);
  assert.deepEqual(full.map(([folder, files]) => `${folder}: ${files.length} files`), []);
  const long = sources.filter(({ path, text }) =>
    countLines(text) > 500 && !/; do not edit,/.test(text) && path !== "src/mod.ts"
  );
  assert.deepEqual(long.map(({ path, text }) => `${path}: ${countLines(text)} lines`), []);
});

Deno.test("every room has a door, which exports at most 30 names, each by name", () => {
  const rooms = new Set(
    sources.map(({ path }) => roomOf(path)).filter((room) => !room.includes(".")),
  );
  rooms.delete("kernels");
  assert.deepEqual(
    doors.map(({ path }) => path).sort(),
    [...rooms].map((room) => `src/${room}/mod.ts`).sort(),
  );
  for (const { path, text } of doors) {
    const { names, rest } = readDoor(text);
    assert.equal(rest, "", `${path} holds more than exports by name`);
    assert.ok(names.length >= 1 && names.length <= 30, `${path} exports ${names.length} names`);
    assert.match(text, /^\/\*\*[\s\S]{120,}?@module/, `${path} must say what the room is for`);
  }
});

Deno.test("src/mod.ts exports all that the doors export, by name", () => {
  const { names, rest } = readDoor(byPath.get("src/mod.ts")!.text);
  assert.equal(rest, "");
  const missing = doors.flatMap(({ text }) => readDoor(text).names)
    .filter((name) => !names.includes(name));
  assert.deepEqual(missing, []);
  const others = importsOf(byPath.get("src/mod.ts")!).map(({ target }) => target)
    .filter((target) => !isDoor(target));
  assert.deepEqual(others, []);
});

Deno.test("inside src a file imports files, never a door", () => {
  const problems = sources.filter(({ path }) => path !== "src/mod.ts").flatMap((file) =>
    importsOf(file).filter(({ target }) => target.endsWith("/mod.ts"))
      .map(({ target }) => `${file.path} imports ${target}`)
  );
  assert.deepEqual(problems, []);
});

Deno.test("every exported function has an importer or a door, and more than tests to call it", () => {
  const atDoors = new Set(doors.flatMap(({ text }) => readDoor(text).names));
  const imported = (files: readonly SourceFile[]): Set<string> =>
    new Set(
      files.flatMap((file) =>
        importsOf(file).flatMap(({ target, names }) => names.map((name) => `${target} ${name}`))
      ),
    );
  const anywhere = imported(everyCode);
  const outsideTests = imported(everyCode.filter(({ path }) => !path.startsWith("tests/")));
  const problems = sources.filter(({ path }) => !path.endsWith("/mod.ts")).flatMap((file) => {
    const { bare } = takeApart(file.text);
    return exportedValues(file.text).filter((name) => !atDoors.has(name)).flatMap((name) => {
      const key = `${file.path} ${name}`;
      if (!anywhere.has(key) && !anywhere.has(`${file.path} *`)) {
        return [`${key}: nobody imports it`];
      }
      const uses =
        bare.match(new RegExp(`(?<![\\w$]|(?<!\\.\\.)\\.)${name}(?![\\w$])`, "g"))!.length;
      const isCalled = outsideTests.has(key) || outsideTests.has(`${file.path} *`) || uses > 1;
      return isCalled ? [] : [`${key}: only tests call it`];
    });
  });
  assert.deepEqual(problems, []);
});

Deno.test("every function at a door says what it takes and gives, with an example through the door", () => {
  const problems = doors.flatMap((door) =>
    importsOf(door).flatMap(({ target, names }) =>
      names.flatMap((name) =>
        doorFaults(name, {
          text: byPath.get(target)!.text,
          door: door.path.replace(/^src\//, ""),
        })
      )
    )
  );
  assert.deepEqual(problems, []);
});

Deno.test("notebooks and bench import doors only, by name", () => {
  const users = [...notebooks, ...everyCode.filter(({ path }) => path.startsWith("bench/"))];
  const problems = users.flatMap((file) =>
    importsOf(file).filter(({ target }) => target.startsWith("src/"))
      .filter(({ target, names }) => !isDoor(target) || names.includes("*"))
      .map(({ target, names }) => `${file.path} imports ${names.join(", ")} from ${target}`)
  );
  assert.deepEqual(problems, []);
});

Deno.test("every source file that does something is imported by a test of its room", () => {
  const covered = new Set(
    tests.flatMap((file) =>
      importsOf(file).map(({ target }) =>
        `${dirname(file.path).replace(/^tests/, "src")} ${target}`
      )
    ),
  );
  const missing = sources
    .filter(({ path, text }) => exportedValues(text).length > 0 && !isDrawn.test(path))
    .filter(({ path }) => !path.endsWith("_worker.ts"))
    .filter(({ path }) => !covered.has(`${dirname(path)} ${path}`))
    .map(({ path }) => path);
  assert.deepEqual(missing, []);
});

Deno.test("every package that is imported is named in deno.json", () => {
  const names = new Set(Object.keys(readImports()));
  const isKnown = (name: string): boolean =>
    /^(?:node:|(?:src|tests|tools|bench)\/)/.test(name) ||
    names.has(name.split("/").slice(0, name.startsWith("@") ? 2 : 1).join("/"));
  const problems = report(
    everyCode,
    (file) =>
      importsOf(file).map(({ target }) => target).filter((name) => !isKnown(name))
        .map((name) => `imports "${name}"`),
  );
  assert.deepEqual(problems, []);
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
    'import type { A, B } from "@/a/b.ts";',
    'import c, { type D } from "c";',
    'import { type E, type F as G } from "../e.ts";',
    'export * from "./f.ts";',
    'import "node:fs";',
    'const h = await import("h");',
    '/** import { d } from "d"; */',
    '// from "e"',
    "const f = 'import \"f\"';",
    "export function from(): void {}",
  ].join("\n");
  assert.deepEqual(importsOf({ path: "tests/x/y.ts", text }), [
    { target: "src/a/b.ts", names: ["A", "B"], isType: true },
    { target: "c", names: ["D"], isType: false },
    { target: "tests/e.ts", names: ["E", "F"], isType: true },
    { target: "tests/x/f.ts", names: ["*"], isType: false },
    { target: "node:fs", names: ["*"], isType: false },
    { target: "h", names: ["*"], isType: false },
  ]);
});

Deno.test("exportedValues() leaves out types, re-exports and what is not exported", () => {
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
  assert.deepEqual(exportedValues(text), ["e", "f", "g", "H"]);
});

Deno.test("readDoor() gives the names, and what is no export by name", () => {
  const text =
    '/** A door. */\nexport { a, type B } from "@/a.ts";\nexport type { C as D } from "@/c.ts";';
  assert.deepEqual(readDoor(text), { names: ["a", "B", "D"], rest: "" });
  assert.equal(readDoor(`${text}\nexport * from "@/e.ts";`).rest, 'export * from "@/e.ts";');
});

Deno.test("doorFaults() names what the documentation of a function lacks", () => {
  const of = (...lines: string[]): string[] =>
    doorFaults("add", { text: lines.join("\n"), door: "a/mod.ts" });
  const declaration = "export function add(a: number, b: { c: number } = { c: 1 }): number {\n}";
  assert.deepEqual(of("/** Adds. */", declaration), [
    "add has 0 of 2 parameters",
    "add has no @returns",
    "add has no titled @example",
  ]);
  const whole = [
    ...["/**", " * Adds.", " *", " * @param a One.", " * @param b Two.", " * @returns The sum."],
    ...[" *", " * @example One and two", " * ```ts", ' * import { add } from "@/a/mod.ts";'],
    ...[" * add(1, { c: 2 });", " * ```", " */", declaration],
  ];
  assert.deepEqual(of(...whole), []);
  assert.deepEqual(of(...whole.map((line) => line.replace("@/a/mod.ts", "@/a/add.ts"))), [
    'add has no example that imports "@/a/mod.ts"',
  ]);
  assert.deepEqual(of(...whole.map((line) => line.replace("add(1,", "sub(1,"))), [
    "add has an example without a call",
  ]);
});

Deno.test("climbingImports() names imports that go up and files in no room", () => {
  const files = [
    { path: "src/math/a.ts", text: 'import type { B } from "@/lab/b.ts";' },
    { path: "src/lab/b.ts", text: 'import { a } from "@/math/a.ts";\nimport "@/cli.ts";' },
    { path: "src/attic/c.ts", text: "" },
  ];
  assert.deepEqual(climbingImports(files), [
    "src/math/a.ts imports src/lab/b.ts",
    "src/lab/b.ts imports src/cli.ts",
    "src/attic/c.ts stands in no room that is listed",
  ]);
  assert.ok(floors.includes("math"));
});

Deno.test("circlesOf() finds circles of any length, through types and between rooms", () => {
  const graph = (edges: Record<string, string[]>) =>
    circlesOf(new Map(Object.entries(edges).map(([node, to]) => [node, new Set(to)])));
  assert.deepEqual(graph({ a: ["b", "c"], b: ["c"], c: [] }), []);
  assert.deepEqual(graph({ a: ["b"], b: ["c"], c: ["a"], d: ["a"], e: ["e"] }), [["a", "b", "c"], [
    "e",
  ]]);
  const files = [
    { path: "src/a/x.ts", text: 'import type { Y } from "@/b/y.ts";' },
    { path: "src/b/y.ts", text: "" },
    { path: "src/b/z.ts", text: 'import { w } from "@/a/w.ts";' },
    { path: "src/a/w.ts", text: "" },
  ];
  assert.deepEqual(circlesOf(fileEdges(files)), []);
  assert.deepEqual(circlesOf(roomEdges(files)), [["a", "b"]]);
});

Deno.test("worldlyParts() names what a pure file must not reach for", () => {
  const parts = (text: string): string[] => worldlyParts({ path: "src/a/b.ts", text });
  assert.deepEqual(parts('import a from "node:fs";'), ['loads "node:fs"']);
  assert.deepEqual(parts('await import("sharp");'), ['loads "sharp"']);
  assert.deepEqual(parts('export * from "jsr:@std/yaml";'), ['loads "jsr:@std/yaml"']);
  assert.deepEqual(parts('import type { A } from "sharp";'), []);
  assert.deepEqual(parts("const a = Deno.pid;"), ["uses Deno"]);
  assert.deepEqual(parts("new Date();"), ["uses Date"]);
  assert.deepEqual(parts("performance.now();"), ["uses performance"]);
  assert.deepEqual(parts("Math.random();"), ["uses Math.random"]);
  assert.deepEqual(parts("`${console.log(1)}`;"), ["uses console"]);
  assert.deepEqual(
    parts(
      'import { mean } from "simple-statistics";\nimport { a } from "@/a/c.ts";\n' +
        '/** `Deno.pid` */ const process = a.Date + "Deno" + { performance: 1 };',
    ),
    ["uses process"],
  );
});

Deno.test("impurities() follows what is loaded, and leaves types out", () => {
  const files = new Map([
    ["src/a/a.ts", 'import { b } from "@/b/b.ts";\nimport type { D } from "@/d/d.ts";'],
    ["src/b/b.ts", 'import { c } from "@/c/c.ts";'],
    ["src/c/c.ts", "Deno.exit();"],
    ["src/d/d.ts", "Deno.exit();"],
  ].map(([path, text]) => [path!, { path: path!, text: text! }]));
  assert.deepEqual(impurities("src/a/a.ts", files), [
    "src/a/a.ts → src/b/b.ts → src/c/c.ts → uses Deno",
  ]);
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

Deno.test("countLines() counts as people do", () => {
  assert.equal(countLines("a\nb\n"), 2);
  assert.equal(countLines("a\nb"), 2);
});

function isDoor(target: string): boolean {
  return rootDoors.includes(target) || doors.some(({ path }) => path === target);
}

function report(
  files: readonly SourceFile[],
  check: (file: SourceFile) => readonly string[],
): string[] {
  return files.flatMap((file) => check(file).map((problem) => `${file.path} ${problem}`));
}

/** The code cells of every notebook, as files. */
function readNotebooks(): SourceFile[] {
  interface Cell {
    readonly cell_type: string;
    readonly source: string | readonly string[];
  }
  return [...Deno.readDirSync(join(root, "notebooks"))].map(({ name }) => `notebooks/${name}`)
    .filter((path) => path.endsWith(".ipynb")).sort().map((path) => {
      const { cells } = JSON.parse(read(path)) as { cells: readonly Cell[] };
      const code = cells.filter((cell) => cell.cell_type === "code");
      return { path, text: code.map(({ source }) => [source].flat().join("")).join("\n") };
    });
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

/**
 * The house: rooms of `src/`, what they import, and what is wrong with that.
 *
 * `tests/architecture_test.ts` holds the rules, `tools/draw_house.ts` draws the rooms.
 *
 * @module
 */
import { dirname, join } from "node:path";

const root = join(import.meta.dirname!, "..");

/** Rooms, and files of `src/` itself, from the top down: each imports only what stands below it. */
export const floors: readonly string[] = [
  ...["cli.ts", "mod.ts", "experiments", "deploy", "lab", "load_config.ts", "config.ts", "audit"],
  ...["report", "charts", "memory", "features", "datasets", "evaluation", "backbones", "images"],
  ...["thresholds", "clustering", "files", "tables.ts", "math", "messages.ts", "kernels"],
];

/** Folders whose files are pure: arrays in, arrays out. */
export const pureFolders: readonly string[] = [
  ...["charts", "clustering", "datasets/sample", "evaluation", "kernels", "math", "memory"],
  "thresholds",
];

/** Packages that compute and touch nothing. */
const pureLibraries = ["simple-statistics", "zod"];

/** A file of TypeScript. */
export interface SourceFile {
  /** Path from the project's folder, such as `src/math/matrix.ts`. */
  readonly path: string;
  /** Its text. */
  readonly text: string;
}

/** One import or re-export of a file. */
export interface Import {
  /** What is imported: `@/…` and relative paths as `src/…` or `tests/…`, packages by their name. */
  readonly target: string;
  /** Names that are taken; `*` for all. */
  readonly names: readonly string[];
  /** Whether only types are taken, so that nothing is loaded. */
  readonly isType: boolean;
}

/** A source text taken apart: the parts keep the length and the lines of the whole. */
export interface SourceParts {
  /** The code without comments. */
  readonly code: string;
  /** The code without comments and without what stands inside strings and regular expressions. */
  readonly bare: string;
  /** The comments. */
  readonly comments: string;
}

/** Reads every TypeScript file of a folder of the project, fixtures left out, sorted by path. */
export function readSources(folder: string): SourceFile[] {
  return [...Deno.readDirSync(join(root, folder))].flatMap((entry): SourceFile[] => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) return entry.name === "fixtures" ? [] : readSources(path);
    return path.endsWith(".ts") ? [{ path, text: Deno.readTextFileSync(join(root, path)) }] : [];
  }).sort((a, b) => a.path < b.path ? -1 : 1);
}

/** The room of a file of `src/`, or the file's name where it stands in `src/` itself. */
export function roomOf(path: string): string {
  return path.split("/")[1]!;
}

/** Lists what a file imports, re-exports or loads by a literal name. */
export function importsOf({ path, text }: SourceFile): Import[] {
  const { code, bare } = takeApart(text);
  /** The literal that begins at a position of the code, as what it leads to. */
  const targetAt = (index: number): string | undefined => {
    const name = code.slice(index).match(/^\s*["']([^"'\n]+)["']/)?.[1];
    return name === undefined ? undefined : resolveTarget(name, path);
  };
  const imports: Import[] = [];
  for (const match of bare.matchAll(/\b(?:import|export)\b(\s+type\b)?([^;()]*?)\bfrom\b/g)) {
    const target = targetAt(match.index + match[0].length);
    if (target === undefined) continue;
    const { names, isType } = readClause(match[2]!);
    imports.push({ target, names, isType: match[1] !== undefined || isType });
  }
  for (const match of bare.matchAll(/\bimport\b(?:\s*\()?/g)) {
    const target = targetAt(match.index + match[0].length);
    if (target !== undefined) imports.push({ target, names: ["*"], isType: false });
  }
  return imports;
}

/** Names between `import` and `from`, and whether all of them are types. */
function readClause(clause: string): { names: string[]; isType: boolean } {
  const [, list] = clause.match(/\{([^}]*)\}/) ?? [];
  if (list === undefined) return { names: ["*"], isType: false };
  const parts = list.split(",").map((part) => part.trim()).filter((part) => part !== "");
  const hasDefault = /\w\s*,\s*\{|\*/.test(clause);
  return {
    names: parts.map((part) => part.replace(/^type\s+/, "").split(/\s+as\s+/)[0]!),
    isType: !hasDefault && parts.length > 0 && parts.every((part) => /^type\s/.test(part)),
  };
}

function resolveTarget(target: string, path: string): string {
  if (target.startsWith("@/")) return `src/${target.slice(2)}`;
  return /^\.\.?\//.test(target) ? join(dirname(path), target) : target;
}

/** Lists the values and functions that a file defines and exports; types do not count. */
export function exportedValues(text: string): string[] {
  const { bare } = takeApart(text);
  const found = bare.matchAll(
    /^export (?:default )?(?:async )?(?:function\*?|const|let|var|class|enum) +(\w+)/gm,
  );
  return [...found].map((match) => match[1]!);
}

/** Names that a door exports, and what is not `export { … } from` in it. */
export function readDoor(text: string): { names: string[]; rest: string } {
  const { code } = takeApart(text);
  const statement = /export\s+(?:type\s+)?\{([^}]*)\}\s*from\s*"[^"]*"\s*;/g;
  const names = [...code.matchAll(statement)].flatMap(([, list]) =>
    list!.split(",").map((part) => part.trim()).filter((part) => part !== "")
      .map((part) => part.replace(/^type\s+/, "").split(/\s+as\s+/).at(-1)!)
  );
  return { names, rest: code.replaceAll(statement, "").trim() };
}

/** What the documentation of a door's function lacks; `name` must be defined in the text. */
export function doorFaults(name: string, options: { text: string; door: string }): string[] {
  const { text, door } = options;
  const found = text.match(
    new RegExp(`/\\*\\*((?:(?!\\*/)[\\s\\S])*)\\*/\\nexport (async )?function\\*? ${name}\\b`),
  );
  if (found === null) return [];
  const doc = found[1]!, declaration = text.slice(found.index! + found[0].length);
  const faults: string[] = [];
  const parameters = parametersOf(declaration);
  const described = [...doc.matchAll(/^ \* @param (\S+)/gm)].length;
  if (described < parameters) faults.push(`${described} of ${parameters} parameters`);
  const result = declaration.slice(0, declaration.search(/\{\n|;\n/)).match(/\): ([^\n]*)$/)?.[1] ??
    "";
  if (!/^(?:Promise<)?void\b/.test(result.trim()) && !/^ \* @returns /m.test(doc)) {
    faults.push("no @returns");
  }
  const example = doc.match(/^ \* @example \S[\s\S]*$/m)?.[0] ?? "";
  if (example === "") faults.push("no titled @example");
  else if (!example.includes(`from "@/${door}"`)) {
    faults.push(`no example that imports "@/${door}"`);
  } else if (!new RegExp(`\\b${name}\\(`).test(example)) faults.push("an example without a call");
  return faults.map((fault) => `${name} has ${fault}`);
}

/** Number of parameters of a declaration that begins at its `(`, or at its type parameters. */
function parametersOf(declaration: string): number {
  const begin = declaration.indexOf("(");
  let depth = 0, count = 0, isEmpty = true;
  for (const character of declaration.slice(begin)) {
    if ("([{<".includes(character)) depth++;
    else if (")]}>".includes(character)) depth--;
    if (depth === 0) break;
    if (depth === 1 && character === ",") count += isEmpty ? 0 : 1, isEmpty = true;
    else if (!/[\s(]/.test(character)) isEmpty = false;
  }
  return count + (isEmpty ? 0 : 1);
}

/** Finds groups of nodes that reach each other. */
export function circlesOf(edges: ReadonlyMap<string, ReadonlySet<string>>): string[][] {
  const order = new Map<string, number>(), lowest = new Map<string, number>();
  const stack: string[] = [];
  const circles: string[][] = [];
  const visit = (node: string): number => {
    order.set(node, order.size);
    lowest.set(node, order.get(node)!);
    stack.push(node);
    for (const next of edges.get(node) ?? []) {
      if (!order.has(next)) lowest.set(node, Math.min(lowest.get(node)!, visit(next)));
      else if (stack.includes(next)) {
        lowest.set(node, Math.min(lowest.get(node)!, order.get(next)!));
      }
    }
    if (lowest.get(node) === order.get(node)) {
      const part = stack.splice(stack.indexOf(node));
      if (part.length > 1 || edges.get(node)?.has(node)) circles.push(part.sort());
    }
    return lowest.get(node)!;
  };
  for (const node of edges.keys()) if (!order.has(node)) visit(node);
  return circles;
}

/** Which files import which, types included. */
export function fileEdges(files: readonly SourceFile[]): Map<string, Set<string>> {
  const paths = new Set(files.map(({ path }) => path));
  return new Map(files.map((file) => {
    const targets = importsOf(file).map(({ target }) => target);
    return [file.path, new Set(targets.filter((target) => paths.has(target)))];
  }));
}

/** Which rooms import which; a room does not import itself. */
export function roomEdges(files: readonly SourceFile[]): Map<string, Set<string>> {
  const edges = new Map<string, Set<string>>();
  for (const [path, targets] of fileEdges(files)) {
    const room = roomOf(path);
    const others = [...targets].map(roomOf).filter((other) => other !== room);
    edges.set(room, new Set([...edges.get(room) ?? [], ...others]));
  }
  return edges;
}

/** Imports that go up, or to a room that `floors` does not list. */
export function climbingImports(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const floor = floors.indexOf(roomOf(file.path));
    if (floor < 0) return [`${file.path} stands in no room that is listed`];
    return importsOf(file).map(({ target }) => target)
      .filter((target) => target.startsWith("src/") && roomOf(target) !== roomOf(file.path))
      .filter((target) => floors.indexOf(roomOf(target)) <= floor)
      .map((target) => `${file.path} imports ${target}`);
  });
}

const worldly = [
  ...["Deno", "Date", "performance", "console", "crypto", "fetch", "navigator", "process"],
  ...["setTimeout", "setInterval", "queueMicrotask", "localStorage", "Worker", "globalThis"],
];

/** What of a file by itself touches the world: names it uses and packages it loads. */
export function worldlyParts(file: SourceFile): string[] {
  const { bare } = takeApart(file.text);
  const names = worldly
    .filter((name) => new RegExp(`(?<![.\\w$])${name}(?![\\w$]|\\??:)`).test(bare))
    .concat(/\bMath\s*\.\s*random\b/.test(bare) ? ["Math.random"] : []);
  const packages = importsOf(file)
    .filter(({ target, isType }) =>
      !isType && !target.startsWith("src/") && !pureLibraries.includes(target)
    );
  return [
    ...names.map((name) => `uses ${name}`),
    ...packages.map(({ target }) => `loads "${target}"`),
  ];
}

/** Why a file is not pure, followed through everything that it loads; none if it is pure. */
export function impurities(path: string, files: ReadonlyMap<string, SourceFile>): string[] {
  const seen = new Set<string>();
  const problems: string[] = [];
  const visit = (at: string, way: readonly string[]): void => {
    if (seen.has(at)) return;
    seen.add(at);
    const file = files.get(at);
    if (file === undefined) return;
    for (const part of worldlyParts(file)) problems.push([...way, part].join(" → "));
    for (const { target, isType } of importsOf(file)) {
      if (!isType && target.startsWith("src/")) visit(target, [...way, target]);
    }
  };
  visit(path, [path]);
  return problems;
}

/** Tokens that matter here; a template's `${…}` is read by `takeApart` itself. */
const token =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`|\$\{|[{}]|[\w$]+|[^\s\w$]|\s+/y;
const regularExpression = /\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/y;
const templateText = /(?:\\[\s\S]|\$(?!\{)|[^`\\$])*/y;

/** Takes TypeScript apart into code, code without literals, and comments. */
export function takeApart(text: string): SourceParts {
  let code = "", bare = "", comments = "";
  const blank = (part: string): string => part.replaceAll(/[^\n]/g, " ");
  const add = (part: string, kind: "code" | "comment" | "literal"): void => {
    code += kind === "comment" ? blank(part) : part;
    bare += kind === "code" ? part : blank(part);
    comments += kind === "comment" ? part : blank(part);
  };
  /** One entry for every open brace: whether it began inside a template. */
  const braces: boolean[] = [];
  let previous = "";
  let position = 0;
  const match = (pattern: RegExp): string | null => {
    pattern.lastIndex = position;
    const found = pattern.exec(text)?.[0] ?? null;
    if (found !== null) position += found.length;
    return found;
  };
  const readTemplate = (): void => {
    add(match(templateText) ?? "", "literal");
    if (text.startsWith("${", position)) {
      add("${", "code");
      position += 2;
      braces.push(true);
    } else if (text[position] === "`") {
      add("`", "code");
      position++;
    }
    previous = "`";
  };
  while (position < text.length) {
    const beginsValue = previous === "" ||
      /^(?:[(,=:[!&|?{};+\-*%~^<>]|return|typeof|case|in|of|await|yield|void)$/.test(previous);
    const expression = text[position] === "/" && beginsValue ? match(regularExpression) : null;
    if (expression !== null) {
      add(expression, "literal");
      previous = "/x/";
      continue;
    }
    const part = match(token);
    if (part === null) throw new SyntaxError(`Cannot take a source apart: stuck at ${position}`);
    if (part.startsWith("//") || part.startsWith("/*")) add(part, "comment");
    else if (part.length > 1 && /^["']/.test(part)) add(part, "literal");
    else add(part, "code");
    if (part === "`") readTemplate();
    else if (part === "{") braces.push(false);
    else if (part === "}" && braces.pop() === true) readTemplate();
    if (/\S/.test(part) && !/^(?:\/\/|\/\*|`|\})/.test(part)) previous = part;
    else if (part === "}") previous = previous === "`" ? previous : "}";
  }
  return { code, bare, comments };
}

import assert from "node:assert/strict";
import { parseYaml, stringifyYaml, yamlBackend, yamlParsers } from "@/files/yaml.ts";
import { fallbackYaml, preferredYaml, preferredYamlFile } from "@/files/yaml_library.ts";
import { makeFolder } from "../helpers/folder.ts";

const document = `# a comment
DATASET:
  name: Folder # another
  classname: [bolt, 'gear 2', "nut"]
  datadir: ~
MODEL:
  layers:
    - layer2
    - layer3
  sampler_ratio: 0.1
  seed: 12
  known_class: false
  text: 'a: b'
`;

const parsed = {
  DATASET: { name: "Folder", classname: ["bolt", "gear 2", "nut"], datadir: null },
  MODEL: {
    layers: ["layer2", "layer3"],
    sampler_ratio: 0.1,
    seed: 12,
    known_class: false,
    text: "a: b",
  },
};

Deno.test("parseYaml() reads what configurations use, whichever library serves", async () => {
  for (const { name, parse } of await yamlParsers()) {
    assert.deepEqual(parse(document, "test"), parsed, name);
    assert.equal(parse("", "test"), null, name);
    assert.equal(parse("# nothing", "test"), null, name);
    assert.deepEqual(parse("[stride8, stride16]", "test"), ["stride8", "stride16"], name);
    assert.equal(parse("1e-3", "test"), 0.001, name);
  }
});

Deno.test("yamlBackend() names the library that is tried first", async () => {
  assert.equal(await yamlBackend(), (await yamlParsers())[0]!.name);
});

Deno.test("stringifyYaml() writes what parseYaml() reads back", async () => {
  assert.deepEqual(await parseYaml(await stringifyYaml(parsed), "test"), parsed);
});

Deno.test("parseYaml() names source and line of what is not YAML", async () => {
  for (const { parse } of await yamlParsers()) {
    assert.throws(() => parse("a: 1\nb: [1, 2\nc: 3\n", "mine.yaml"), (error: Error) => {
      assert.equal(error.name, "SyntaxError");
      assert.match(error.message, /^Cannot read "mine.yaml": it must be YAML, got .*(3|4)/);
      return true;
    });
    assert.throws(() => parse("a: 1\na: 2\n", "mine.yaml"), { name: "SyntaxError" });
  }
});

/** Runs a line of code in a process of its own, with data and a registry of its own. */
async function evaluate(
  line: string,
  { data, registry }: { data: string; registry: Deno.NetAddr },
): Promise<string> {
  const code = `import { parseYaml, yamlBackend } from "@/files/yaml.ts";
    import { setUpYaml } from "./tools/setup_yaml.ts"; ${line}`;
  const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", code],
    cwd: `${import.meta.dirname}/../..`,
    env: { JSR_URL: `http://127.0.0.1:${registry.port}/`, HIERCORE_DATA: data, NO_COLOR: "1" },
    signal: AbortSignal.timeout(60_000),
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).trim();
}

const sayLibrary = `console.log(await yamlBackend(), JSON.stringify(await parseYaml("1", "a")));`;

Deno.test("setUpYaml() gets the preferred library, and runs use it without asking for it", async () => {
  const code = "export const parse = (text: string): string => `standard ${text}`;";
  const bytes = new TextEncoder().encode(code);
  const checksum = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  const manifest = { "/mod.ts": { size: bytes.length, checksum: `sha256-${checksum}` } };
  const answers: Record<string, string> = {
    "/@std/yaml/meta.json": JSON.stringify({
      scope: "std",
      name: "yaml",
      versions: { "1.2.0": {} },
    }),
    "/@std/yaml/1.2.0_meta.json": JSON.stringify({ manifest, exports: { ".": "./mod.ts" } }),
    "/@std/yaml/1.2.0/mod.ts": code,
  };
  const asked: string[] = [];
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => {
      const { pathname } = new URL(request.url);
      asked.push(pathname);
      return new Response(answers[pathname] ?? null, { status: pathname in answers ? 200 : 404 });
    },
  );
  const place = { data: makeFolder(), registry: server.addr };
  const lock = await Deno.readTextFile("deno.lock");
  const outcome = `console.log(JSON.stringify(await setUpYaml(Deno.cwd(), { seconds: 60 })));`;
  assert.deepEqual(JSON.parse(await evaluate(outcome, place)), {
    kind: "done",
    text: preferredYaml,
  });
  assert.deepEqual(asked, Object.keys(answers));
  assert.equal(await evaluate(sayLibrary, place), `${preferredYaml} "standard 1"`);
  assert.deepEqual(asked, Object.keys(answers));
  assert.equal(await Deno.readTextFile("deno.lock"), lock);
});

Deno.test("setUpYaml() is content with the fallback where a registry refuses or never answers", async () => {
  const silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const held: Deno.Conn[] = [];
  const accepting = (async () => {
    for await (const connection of silent) held.push(connection);
  })();
  const place = { data: makeFolder(), registry: silent.addr as Deno.NetAddr };
  const outcome = `console.log(JSON.stringify(await setUpYaml(Deno.cwd(), { seconds: 1 })));`;
  // No run asks the registry, neither before the set-up nor after it.
  assert.equal(await evaluate(sayLibrary, place), `${fallbackYaml} 1`);
  assert.equal(held.length, 0);
  const failed = {
    kind: "done",
    text: `${fallbackYaml}, for ${preferredYaml} could not be fetched`,
  };
  assert.deepEqual(JSON.parse(await evaluate(outcome, place)), failed);
  const { length } = held;
  assert.ok(length > 0);
  assert.equal(await evaluate(sayLibrary, place), `${fallbackYaml} 1`);
  assert.equal(held.length, length);
  silent.close();
  for (const connection of held) connection.close();
  await accepting;
  assert.deepEqual(JSON.parse(await evaluate(outcome, place)), failed);
});

Deno.test("yamlBackend() names a package that deno.json pins", async () => {
  const { imports } = JSON.parse(await Deno.readTextFile("deno.json"));
  assert.equal(fallbackYaml, imports["js-yaml"]);
  assert.ok(preferredYamlFile().includes(preferredYaml.split("@").at(-1)!));
});

import assert from "node:assert/strict";
import { parseYaml, stringifyYaml, yamlBackend, yamlParsers } from "@/files/yaml.ts";
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

Deno.test("parseYaml() gives up on a registry that never answers, and the process ends", async () => {
  const silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const held: Deno.Conn[] = [];
  const accepting = (async () => {
    for await (const connection of silent) held.push(connection);
  })();
  const script = `import { yamlBackend } from "@/files/yaml.ts"; console.log(await yamlBackend());`;
  const { port } = silent.addr as Deno.NetAddr;
  const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", script],
    cwd: `${import.meta.dirname}/../..`,
    env: { JSR_URL: `http://127.0.0.1:${port}/`, HIERCORE_DATA: makeFolder() },
    signal: AbortSignal.timeout(20_000),
  }).output();
  silent.close();
  for (const connection of held) connection.close();
  await accepting;
  assert.ok(success, new TextDecoder().decode(stderr));
  assert.equal(new TextDecoder().decode(stdout).trim(), "npm:js-yaml@4.1.0");
});

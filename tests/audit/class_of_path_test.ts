import assert from "node:assert/strict";
import { createClassOf, splitOfPath } from "@/audit/score_table.ts";

Deno.test("createClassOf() takes the folder before train or test", () => {
  const classOf = createClassOf(null);
  const classes: [string, string | null][] = [
    ["bolt/test/good/1.png", "bolt"],
    ["/data/mvtec/bolt/train/good/1.png", "bolt"],
    ["C:\\data\\bolt\\test\\bent\\1.png", "bolt"],
    ["test/bolt/test/good/1.png", "bolt"],
    ["train/bolt/good/1.png", null],
    ["./test/good/1.png", null],
    ["../test/good/1.png", null],
    ["/test/good/1.png", null],
    ["bolt/good/1.png", null],
    ["bolt/testing/1.png", null],
    ["test", null],
  ];
  for (const [image, className] of classes) assert.equal(classOf(image), className, image);
});

Deno.test("createClassOf() takes the group of a pattern", () => {
  const classOf = createClassOf("^(?:x/)?(\\w+)-\\d+");
  assert.equal(classOf("bolt-7.png"), "bolt");
  assert.equal(classOf("x/gear-7.png"), "gear");
  assert.equal(classOf("7.png"), null);
  assert.equal(createClassOf("a|(b)")("a"), null);
  assert.equal(createClassOf("(?<class>[^/]+)/")("pcb1/2.png"), "pcb1");
});

Deno.test("createClassOf() refuses patterns that are none, or name no class or several", () => {
  const task = "Cannot tell classes from paths: the pattern must";
  assert.throws(() => createClassOf("("), {
    name: "SyntaxError",
    message: `${task} be a regular expression, got "("`,
  });
  assert.throws(() => createClassOf("bolt"), {
    name: "RangeError",
    message: `${task} have one group, got 0 in "bolt"`,
  });
  assert.throws(() => createClassOf("(a)|(b)"), {
    name: "RangeError",
    message: `${task} have one group, got 2 in "(a)|(b)"`,
  });
});

Deno.test("splitOfPath() looks for the last folder train or test", () => {
  assert.equal(splitOfPath("bolt/train/good/1.png"), "train");
  assert.equal(splitOfPath("bolt\\train\\good\\1.png"), "train");
  assert.equal(splitOfPath("train/bolt/test/good/1.png"), "test");
  assert.equal(splitOfPath("bolt/good/1.png"), "test");
  assert.equal(splitOfPath("bolt/good/train"), "test");
  assert.equal(splitOfPath("bolt/training/1.png"), "test");
});

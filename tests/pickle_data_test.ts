import assert from "node:assert/strict";
import {
  entriesOf,
  isPickleObject,
  itemsOf,
  kindOfPickle,
  type PickleObject,
  type PickleValue,
  textOf,
} from "@/pickle_data.ts";

function objectOf(name: string, ...args: PickleValue[]): PickleObject {
  return { kind: "object", name, args, state: undefined, entries: new Map([["a", 1]]) };
}

const name: PickleValue = { kind: "name", name: "numpy.ndarray" };

Deno.test("isPickleObject() tells objects from names and plain data", () => {
  const object = objectOf("numpy.dtype");
  assert.equal(isPickleObject(object), true);
  assert.equal(isPickleObject(object, ["a", "numpy.dtype"]), true);
  assert.equal(isPickleObject(object, ["numpy.ndarray"]), false);
  for (const value of [name, null, undefined, "numpy.dtype", [], new Map(), new Uint8Array()]) {
    assert.equal(isPickleObject(value), false);
  }
});

Deno.test("entriesOf() finds the entries of dictionaries alone", () => {
  const entries = new Map([["b", 2]]);
  assert.equal(entriesOf(entries), entries);
  assert.equal(entriesOf(objectOf("collections.OrderedDict"))?.get("a"), 1);
  for (const value of [objectOf("numpy.dtype"), name, [], null, undefined]) {
    assert.equal(entriesOf(value), null);
  }
});

Deno.test("itemsOf() finds the items of lists and tuples alone", () => {
  assert.deepEqual(itemsOf([1]), [1]);
  assert.deepEqual(itemsOf(Object.freeze([1])), [1]);
  for (const value of ["a", Uint8Array.of(1), new Map(), name, null, undefined]) {
    assert.equal(itemsOf(value), null);
  }
});

Deno.test("textOf() puts paths together however Python has taken them apart", () => {
  const paths: [PickleValue, string][] = [
    ["a/b.png", "a/b.png"],
    [objectOf("pathlib.PosixPath", "/", "a", "b.png"), "/a/b.png"],
    [objectOf("pathlib.PosixPath", "a", "b.png"), "a/b.png"],
    [objectOf("pathlib.PurePosixPath", "/a/b.png"), "/a/b.png"],
    [objectOf("pathlib.PosixPath", "a\\b.png"), "a\\b.png"],
    [objectOf("pathlib.WindowsPath", "C:\\", "a", "b.png"), "C:/a/b.png"],
    [objectOf("pathlib.PureWindowsPath", "C:\\a\\b.png"), "C:/a/b.png"],
  ];
  for (const [value, path] of paths) assert.equal(textOf(value), path);
});

Deno.test("textOf() takes nothing else for text", () => {
  const others = [objectOf("pathlib.PosixPath", 1), objectOf("numpy.dtype", "f4"), name, 1, null];
  for (const value of [...others, undefined, ["a"]]) assert.equal(textOf(value), null);
});

Deno.test("kindOfPickle() says what a value is without going into it", () => {
  const circle: PickleValue[] = [];
  circle.push(circle);
  const kinds: [PickleValue | undefined, string][] = [
    [undefined, "nothing"],
    [null, "None"],
    [true, "True"],
    [false, "False"],
    [-0.5, "the number -0.5"],
    [NaN, "the number NaN"],
    [2n ** 70n, "the number 1180591620717411303424"],
    ['a"\n', 'the text "a\\"\\n"'],
    ["x".repeat(100), `the text "${"x".repeat(59)}…"`],
    [new Uint8Array(3), "3 bytes"],
    [circle, "a list of 1"],
    [Object.freeze([circle, circle]), "a tuple of 2"],
    [new Map([["a", circle]]), "a dictionary of 1"],
    [name, '"numpy.ndarray"'],
    [objectOf("numpy.dtype", circle), '"numpy.dtype"'],
  ];
  for (const [value, kind] of kinds) assert.equal(kindOfPickle(value), kind);
});

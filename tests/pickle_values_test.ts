import assert from "node:assert/strict";
import { itemsOf, type PickleValue } from "@/pickle_data.ts";
import { outsideName } from "@/pickle_machine.ts";
import { readPickle } from "@/pickle_values.ts";
import { createRandom } from "@/random.ts";
import { adevalPickles, anomalibPickles, bytesOf } from "./helpers_saved.ts";

/** Bytes of a text, letter by letter. */
const bytes = (text: string): Uint8Array => Uint8Array.from(text, (each) => each.charCodeAt(0));
const read = (pickle: string | Uint8Array): PickleValue =>
  readPickle(typeof pickle === "string" ? bytes(pickle) : pickle, { source: "a.pkl" });

function assertRefused(pickle: string | Uint8Array, fault: string): void {
  assert.throws(() => read(pickle), {
    name: "SyntaxError",
    message: `Cannot read "a.pkl": ${fault}`,
  });
}

const asksFor = (name: string): string =>
  `it asks for "${name}", which is not data; nothing of it was run`;

/**
 * `pickle.dumps([1, -2.5, 2**40, "aé\n", b"\x00\xff", None, True, False, (), (1,), (1, 2),
 * (1, 2, 3), (1, 2, 3, 4), {"a": [1]}, []], protocol)` of Python 3.11.7, base64.
 */
const plain = [
  `
    KGxwMApJMQphRi0yLjUKYUwxMDk5NTExNjI3Nzc2TAphVmHpXHUwMDBhCnAxCmFjX2NvZGVjcwplbmNvZGUKcDIKKFZc
    dTAwMDD/CnAzClZsYXRpbjEKcDQKdHA1ClJwNgphTmFJMDEKYUkwMAphKHRhKEkxCnRwNwphKEkxCkkyCnRwOAphKEkx
    CkkyCkkzCnRwOQphKEkxCkkyCkkzCkk0CnRwMTAKYShkcDExClZhCnAxMgoobHAxMwpJMQphc2EobHAxNAphLg==
  `,
  `
    XXEAKEsBR8AEAAAAAAAATDEwOTk1MTE2Mjc3NzZMClgEAAAAYcOpCnEBY19jb2RlY3MKZW5jb2RlCnECKFgDAAAAAMO/
    cQNYBgAAAGxhdGluMXEEdHEFUnEGTkkwMQpJMDAKKShLAXRxByhLAUsCdHEIKEsBSwJLA3RxCShLAUsCSwNLBHRxCn1x
    C1gBAAAAYXEMXXENSwFhc11xDmUu
  `,
  `
    gAJdcQAoSwFHwAQAAAAAAACKBgAAAAAAAVgEAAAAYcOpCnEBY19jb2RlY3MKZW5jb2RlCnECWAMAAAAAw79xA1gGAAAA
    bGF0aW4xcQSGcQVScQZOiIkpSwGFcQdLAUsChnEISwFLAksDh3EJKEsBSwJLA0sEdHEKfXELWAEAAABhcQxdcQ1LAWFz
    XXEOZS4=
  `,
  `
    gANdcQAoSwFHwAQAAAAAAACKBgAAAAAAAVgEAAAAYcOpCnEBQwIA/3ECToiJKUsBhXEDSwFLAoZxBEsBSwJLA4dxBShL
    AUsCSwNLBHRxBn1xB1gBAAAAYXEIXXEJSwFhc11xCmUu
  `,
  `
    gASVUwAAAAAAAABdlChLAUfABAAAAAAAAIoGAAAAAAABjARhw6kKlEMCAP+UToiJKUsBhZRLAUsChpRLAUsCSwOHlChL
    AUsCSwNLBHSUfZSMAWGUXZRLAWFzXZRlLg==
  `,
  `
    gAWVUwAAAAAAAABdlChLAUfABAAAAAAAAIoGAAAAAAABjARhw6kKlEMCAP+UToiJKUsBhZRLAUsChpRLAUsCSwOHlChL
    AUsCSwNLBHSUfZSMAWGUXZRLAWFzXZRlLg==
  `,
];

Deno.test("readPickle() reads plain data in every protocol", () => {
  for (const [protocol, base64] of plain.entries()) {
    assert.deepEqual(read(bytesOf(base64)), [
      ...[1, -2.5, 2 ** 40, "aé\n"],
      protocol < 3
        ? {
          kind: "object",
          name: "_codecs.encode",
          args: ["\x00\xff", "latin1"],
          state: undefined,
          entries: new Map(),
        }
        : Uint8Array.of(0, 255),
      ...[null, true, false, [], [1], [1, 2], [1, 2, 3], [1, 2, 3, 4]],
      ...[new Map([["a", [1]]]), []],
    ], `protocol ${protocol}`);
  }
});

Deno.test("readPickle() tells tuples from lists", () => {
  const items = itemsOf(read(bytesOf(plain[4]!)))!.map(itemsOf).filter((each) => each !== null);
  assert.deepEqual(items.map(Object.isFrozen), [true, true, true, true, true, false]);
});

Deno.test("readPickle() reads what NumPy's pickles ask for, without NumPy", () => {
  for (const [name, base64] of Object.entries(adevalPickles)) {
    const value = read(bytesOf(base64));
    assert.ok(value instanceof Map, name);
    assert.deepEqual([...value.keys()], ["bolt/test/good/1.png", "bolt/test/bent/2.png"], name);
    const [[, score, mask]] = [...value.values()] as [readonly PickleValue[]];
    assert.deepEqual([score, mask], [0.25, null], name);
  }
});

Deno.test("readPickle() reads every opcode that pickles of data have", () => {
  const pickles: [string, PickleValue][] = [
    ["N.", null],
    ["(I1\nI2\nl.", [1, 2]],
    ["(I1\nVa\nd.", new Map([[1, "a"]])],
    ["}I1\nVa\ns.", new Map([[1, "a"]])],
    ["}(I1\nVa\nI2\nVb\nu.", new Map([[1, "a"], [2, "b"]])],
    ["]I1\na.", [1]],
    ["](I1\nI2\ne.", [1, 2]],
    ["(I1\n0I2\nt.", [2]],
    ["I1\n(I2\nI3\n1.", 1],
    ["I1\n2\x86.", [1, 1]],
    ["Va\np5\n0g5\n.", "a"],
    ["Va\nq\x050h\x05.", "a"],
    ["Va\nr\x05\x00\x00\x000j\x05\x00\x00\x00.", "a"],
    ["Va\n\x94Vb\n\x940h\x01\x86.", ["a", "b"]],
    ["\x80\x04\x95\x02\x00\x00\x00\x00\x00\x00\x00N.", null],
  ];
  for (const [pickle, value] of pickles) assert.deepEqual(read(pickle), value, pickle);
});

Deno.test("readPickle() notes objects down in every way there is to ask for them", () => {
  const object = (args: PickleValue[], state?: PickleValue) => {
    return { kind: "object", name: "numpy.dtype", args, state, entries: new Map() };
  };
  assert.deepEqual(read("cnumpy\ndtype\n(Vf4\ntR."), object(["f4"]));
  assert.deepEqual(read("Vnumpy\nVdtype\n\x93)R."), object([]));
  assert.deepEqual(read("cnumpy\ndtype\n)\x81."), object([]));
  assert.deepEqual(read("cnumpy\ndtype\n)}\x92."), object([]));
  assert.deepEqual(read("(Vf4\ninumpy\ndtype\n."), object(["f4"]));
  assert.deepEqual(read("(cnumpy\ndtype\nVf4\no."), object(["f4"]));
  assert.deepEqual(read("cnumpy\ndtype\n)RI3\nb."), object([], 3));
  assert.deepEqual(read("cnumpy\ndtype\n."), { kind: "name", name: "numpy.dtype" });
  const outside = { kind: "object", name: outsideName, state: undefined, entries: new Map() };
  assert.deepEqual(read("P12\n."), { ...outside, args: ["12"] });
  assert.deepEqual(read("I7\nQ."), { ...outside, args: [7] });
});

Deno.test("readPickle() refuses pickles that would run something, in every way to ask for it", () => {
  // What each would do under pickle.load: run "touch x", evaluate, or look further names up.
  const harmful: [string, string][] = [
    ["cos\nsystem\n(Vtouch x\ntR.", "os.system"],
    ["cposix\nsystem\n(Vtouch x\ntR.", "posix.system"],
    ["(Vtouch x\nios\nsystem\n.", "os.system"],
    ["(cos\nsystem\nVtouch x\no.", "os.system"],
    ["\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x07touch x\x85R.", "os.system"],
    ["cbuiltins\neval\n(V1\ntR.", "builtins.eval"],
    ["c__builtin__\nexec\n(V1\ntR.", "__builtin__.exec"],
    ["csubprocess\nPopen\n(Vx\nt\x81.", "subprocess.Popen"],
    ["cbuiltins\ngetattr\n(cnumpy\nndarray\nVx\ntR.", "builtins.getattr"],
    ["ccollections\nOrderedDict.__init__\n)R.", "collections.OrderedDict.__init__"],
    ["cnumpy\nload\n(Vx\ntR.", "numpy.load"],
    ["]cos\nsystem\na0N.", "os.system"],
  ];
  for (const [pickle, name] of harmful) assertRefused(pickle, asksFor(name));
});

Deno.test("readPickle() refuses names made of something else, and numbers that stand for names", () => {
  assertRefused("I1\nVsystem\n\x93.", "before byte 12, a name must be text, got the number 1");
  assertRefused("Vos\nN\x93.", "before byte 6, a name must be text, got None");
  for (const opcode of ["\x82\x01", "\x83\x01\x00", "\x84\x01\x00\x00\x00"]) {
    assertRefused(
      `${opcode}.`,
      `before byte 1, an opcode must be one that data need, got ${JSON.stringify(opcode[0])}`,
    );
  }
  assertRefused(
    "cnumpy\ndtype\n)(Va\nI1\nd\x92.",
    "before byte 23, arguments must have no names, got a dictionary of 1",
  );
});

Deno.test("readPickle() refuses what is left out, and what is no pickle", () => {
  for (const opcode of ["S", "U", "T", "\x8f", "\x91", "\x97", "?", "\xff"]) {
    assertRefused(
      `${opcode}'a'\n.`,
      `before byte 1, an opcode must be one that data need, got ${JSON.stringify(opcode)}`,
    );
  }
  assertRefused("\x80\x06N.", "before byte 2, the protocol must be 0 to 5, got 6");
  assertRefused("g-1\n.", 'before byte 4, the index of a value must be a number, got "-1"');
});

Deno.test("readPickle() refuses a file that was cut off, wherever", () => {
  const files = { ...adevalPickles, batches: anomalibPickles.batches };
  for (const [name, base64] of Object.entries(files)) {
    const whole = bytesOf(base64);
    for (let length = 0; length < whole.length; length++) {
      assert.throws(() => read(whole.subarray(0, length)), {
        name: "SyntaxError",
        message: `Cannot read "a.pkl": it must go on after byte ${length}, got its end; ` +
          "is the file complete?",
      }, `${name} ${length}`);
    }
  }
});

Deno.test("readPickle() refuses a file with more after the pickle", () => {
  assertRefused(
    "N.N.",
    "before byte 2, the pickle ends and with it must the file, got 2 more bytes",
  );
});

Deno.test("readPickle() either reads a damaged pickle or says so, and nothing else", () => {
  const whole = bytesOf(adevalPickles.numpy2Protocol4);
  const random = createRandom(3);
  let refused = 0;
  for (let round = 0; round < 3000; round++) {
    const damaged = whole.with(random.integer(whole.length), random.integer(256));
    try {
      read(damaged);
    } catch (error) {
      assert.ok(error instanceof SyntaxError, String(error));
      assert.ok(error.message.startsWith('Cannot read "a.pkl": '), error.message);
      refused++;
    }
  }
  assert.ok(refused > 100, `${refused} of 3000 are refused`);
});

Deno.test("readPickle() survives depth, circles, and lists that would double without end", () => {
  let depth = 0;
  for (let list = itemsOf(read(`${"]".repeat(1e5)}${"a".repeat(99_999)}.`)); list?.length === 1;) {
    list = itemsOf(list[0]);
    depth++;
  }
  assert.equal(depth, 99_999);

  const circle = itemsOf(read("]p0\ng0\na."))!;
  assert.equal(circle[0], circle);

  // Each tuple holds the one before twice: 2^1000 nulls, if they were spread out.
  const doubled = read(`N${"2\x86".repeat(1000)}.`);
  assert.equal(itemsOf(doubled)?.[0], itemsOf(doubled)?.[1]);

  assertRefused(
    "]r\xff\xff\xff\xff0j\xfe\xff\xff\xff.",
    "before byte 12, value 4294967294 must be memorised, got none",
  );
});

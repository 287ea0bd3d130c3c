/** A server that answers exactly what a test says, also what no proper server would. */

/** A request as it came. */
export interface SeenRequest {
  readonly path: string;
  readonly headers: Headers;
}

/** An answer as it goes out. */
export interface Answer {
  /** Default: 200. */
  readonly status?: number;
  /** Default: none but those that frame the body. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes that are sent; default: none. */
  readonly body?: Uint8Array;
  /** Content-Length; null: none, then the end of the connection ends the body; default: the body's. */
  readonly announced?: number | null;
  /** What happens after the last byte; default: the connection is closed. */
  readonly then?: "close" | "stall" | Promise<void>;
}

/** A running server. */
export interface TestServer extends AsyncDisposable {
  /** Where it listens, without a slash at the end. */
  readonly address: string;
  /** Every request so far. */
  readonly requests: readonly SeenRequest[];
  /** Waits until no connection is open; fails after five seconds. */
  idle(): Promise<void>;
}

/** Starts a server on the loopback; `answer` gets a request and how many came before it. */
export function startServer(
  answer: (request: SeenRequest, index: number) => Answer | null,
): TestServer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const requests: SeenRequest[] = [];
  const open = new Set<Deno.TcpConn>();
  const serve = async (connection: Deno.TcpConn): Promise<void> => {
    open.add(connection);
    try {
      const request = await readRequest(connection);
      if (request === null) return;
      requests.push(request);
      const reply = answer(request, requests.length - 1);
      if (reply !== null) await send(connection, reply);
    } catch (error) {
      if (!isGone(error)) throw error;
    } finally {
      if (open.delete(connection)) connection.close();
    }
  };
  const running = (async () => {
    const all: Promise<void>[] = [];
    for await (const connection of listener) all.push(serve(connection));
    await Promise.all(all);
  })();
  return {
    address: `http://127.0.0.1:${listener.addr.port}`,
    requests,
    idle: async () => {
      for (let look = 0; open.size > 0; look++) {
        if (look === 500) throw new Error(`${open.size} connections are still open`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    [Symbol.asyncDispose]: async () => {
      listener.close();
      for (const connection of open) connection.close();
      open.clear();
      await running;
    },
  };
}

/** Answers as a proper server of one file does. */
export function answerFile(
  { headers }: SeenRequest,
  file: { bytes: Uint8Array; etag?: string; headers?: Readonly<Record<string, string>> },
): Answer {
  const { bytes, etag } = file;
  const own = { ...(etag === undefined ? {} : { etag }), ...file.headers };
  const condition = headers.get("if-range");
  const range = /^bytes=(\d+)-$/.exec(headers.get("range") ?? "");
  const isSame = condition === null || Object.values(own).includes(condition);
  if (range === null || !isSame) return { headers: own, body: bytes };
  const first = Number(range[1]);
  if (first >= bytes.length) {
    return { status: 416, headers: { "content-range": `bytes */${bytes.length}` } };
  }
  const part = `bytes ${first}-${bytes.length - 1}/${bytes.length}`;
  return { status: 206, headers: { ...own, "content-range": part }, body: bytes.subarray(first) };
}

/** Sends only the first bytes of a body, and then closes the connection or falls silent. */
export function cut(answer: Answer, length: number, then: "close" | "stall" = "close"): Answer {
  const { body = new Uint8Array() } = answer;
  return { announced: body.length, ...answer, body: body.subarray(0, length), then };
}

async function readRequest(connection: Deno.TcpConn): Promise<SeenRequest | null> {
  const buffer = new Uint8Array(4096);
  let text = "";
  while (!text.includes("\r\n\r\n")) {
    const length = await connection.read(buffer);
    if (length === null) return null;
    text += new TextDecoder().decode(buffer.subarray(0, length));
  }
  const [first, ...fields] = text.trimEnd().split("\r\n");
  const headers = new Headers(fields.map((field): [string, string] => {
    const colon = field.indexOf(":");
    return [field.slice(0, colon), field.slice(colon + 1).trim()];
  }));
  return { path: first!.split(" ")[1]!, headers };
}

async function send(connection: Deno.TcpConn, answer: Answer): Promise<void> {
  const { status = 200, headers = {}, body = new Uint8Array(), then = "close" } = answer;
  const announced = answer.announced === undefined ? body.length : answer.announced;
  const lines = [
    `HTTP/1.1 ${status} Answer`,
    "Connection: close",
    ...(announced === null ? [] : [`Content-Length: ${announced}`]),
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  await writeAll(connection, new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`));
  await writeAll(connection, body);
  if (then === "stall") { while (await connection.read(new Uint8Array(4096)) !== null) continue; }
  else if (then !== "close") await then;
}

async function writeAll(connection: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) done += await connection.write(bytes.subarray(done));
}

/** Whether an error only says that a connection ended. */
function isGone(error: unknown): boolean {
  return [
    Deno.errors.BrokenPipe,
    Deno.errors.ConnectionReset,
    Deno.errors.BadResource,
    Deno.errors.Interrupted,
  ].some((kind) => error instanceof kind);
}

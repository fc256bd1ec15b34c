/** No error shows what an endpoint's address holds, whatever the node and the network say. */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";

import { expect } from "chai";

import {
  HttpRpc,
  RpcFailure,
  type JsonRpc,
} from "../../../../offchain/adapters/ethers/json-rpc.ts";
import { redactor } from "../../../../offchain/adapters/ethers/redact.ts";
import { refusalOf } from "../../../../offchain/adapters/ethers/refusals.ts";
import { revertOf } from "../../../../offchain/adapters/ethers/reverts.ts";
import { WebSocketRpc } from "../../../../offchain/adapters/ethers/web-socket-rpc.ts";
import { millis } from "../../../../offchain/core/units.ts";

const SECRETS = [
  "us%C3%A9r-7f1c",
  "usér-7f1c",
  "pass-9d2e",
  "path+3b4a",
  "query-5c6d",
  "flag-8e7f",
];
const ADDRESS = "us%C3%A9r-7f1c:pass-9d2e@127.0.0.1";
const PATH = "/v2/path+3b4a?key=query-5c6d&chain=1&flag-8e7f#part";

/** What a provider may write back: all of the address, and each part of it in whatever form. */
const echo = (url: string): string =>
  `invalid access to ${url} and ${url.slice(url.indexOf("//") + 2)}: ${SECRETS.join(", ")}, ` +
  `Basic ${btoa("us\u00e9r-7f1c:pass-9d2e")}, ${decodeURIComponent(url)} (nonce too low)`;

function expectNoSecret(text: string): void {
  for (const secret of [...SECRETS, btoa("us\u00e9r-7f1c:pass-9d2e"), "127.0.0.1"])
    expect(text).not.to.contain(secret);
}

async function textOf(question: Promise<unknown>): Promise<string> {
  const error: unknown = await question.catch((caught: unknown) => caught);
  expect(error).to.have.property("code", "CHAIN_UNREACHABLE");
  const { message, context, stack } = error as Error & { readonly context: unknown };
  return `${message} ${JSON.stringify(context)} ${stack ?? ""}`;
}

describe("an endpoint's address with keys in it", () => {
  const serve = async (
    answer: (request: IncomingMessage, response: ServerResponse) => void,
    work: (host: string) => Promise<void>,
    upgrade: (request: IncomingMessage, socket: Duplex) => void = (_, socket) => socket.destroy(),
  ): Promise<void> => {
    const sockets: Duplex[] = [];
    const server = createServer(answer).on(
      "upgrade",
      (request: IncomingMessage, socket: Duplex) => {
        sockets.push(socket);
        upgrade(request, socket);
      },
    );
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    const { port } = server.address() as AddressInfo;
    try {
      await work(`${ADDRESS}:${port}${PATH}`);
    } finally {
      server.closeAllConnections();
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    }
  };

  it("threat 54: is in nothing that comes of a node's answer over HTTP", async () => {
    let url = "";
    await serve(
      (_, response) => {
        const error = { code: -32_000, message: echo(url) };
        response.end(JSON.stringify({ jsonrpc: "2.0", id: 1, error }));
      },
      async (host) => {
        url = `http://${host}`;
        await expectSilent(new HttpRpc({ url, timeout: millis(5_000) }));
      },
    );
  });

  it("threat 54: is in nothing that comes of a node's answer over a WebSocket", async () => {
    let url = "";
    const say = (socket: Duplex): void => {
      for (let id = 1; id <= 4; id++) {
        const error = { code: -32_000, message: echo(url) };
        socket.write(textFrame(JSON.stringify({ jsonrpc: "2.0", id, error })));
      }
    };
    await serve(
      (_, response) => response.destroy(),
      async (host) => {
        url = `ws://${host.replace("#part", "")}`;
        const rpc = new WebSocketRpc({ url, timeout: millis(5_000) });
        await expectSilent(rpc);
        rpc.close();
      },
      (request, socket) => {
        const key = `${request.headers["sec-websocket-key"] ?? ""}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
        const accept = createHash("sha1").update(key).digest("base64");
        socket.write(
          "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
            `Sec-WebSocket-Accept: ${accept}\r\n\r\n`,
        );
        // Whatever is asked, all questions so far are answered.
        socket.on("data", () => {
          say(socket);
        });
        socket.on("error", () => undefined);
      },
    );
  });

  async function expectSilent(rpc: JsonRpc): Promise<void> {
    expectNoSecret(await textOf(rpc.get("eth_blockNumber", [])));
    const answer = await rpc.ask("eth_sendRawTransaction", ["0x"]);
    if (answer.ok) throw new Error("the node answers with an error");
    expectNoSecret(JSON.stringify(answer.failure));
    // Its words still tell why.
    expect(refusalOf(answer.failure)).to.deep.equal({ status: "stale" });
    const { code, message, data } = answer.failure;
    const refused = refusalOf(new RpcFailure(code, message.slice(0, -16), data));
    expect(refused).to.have.property("status", "refused");
    expectNoSecret(JSON.stringify(refused));
    const reverted = revertOf(new RpcFailure(code, `revert ${message}`, data));
    expect(reverted).to.have.property("name", "Error");
    expectNoSecret(JSON.stringify(reverted));
  }

  it("threat 54: is in no error of a connection that fails, over either", async () => {
    await serve(
      (request) => {
        request.socket.destroy();
      },
      async (host) => {
        for (const rpc of [
          new HttpRpc({ url: `http://${host}`, timeout: millis(2_000) }),
          new HttpRpc({ url: `nonsense://${host}`, timeout: millis(2_000) }),
          new WebSocketRpc({ url: `ws://${host.replace("#part", "")}`, timeout: millis(2_000) }),
          new WebSocketRpc({ url: `nonsense://${host}`, timeout: millis(2_000) }),
        ]) {
          expectNoSecret(await textOf(rpc.get("eth_blockNumber", [])));
          rpc.close();
          expectNoSecret(await textOf(rpc.get("eth_blockNumber", [])));
        }
      },
    );
  });
});

/** An unmasked frame of 126 to 65,535 bytes of text (RFC 6455 §5.2). */
function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const head = Buffer.from([0x81, 126, 0, 0]);
  head.writeUInt16BE(payload.length, 2);
  return Buffer.concat([head, payload]);
}

describe("what hides an endpoint's address", () => {
  it("threat 54: finds a login of any characters in the form in which it is sent", () => {
    const hide = redactor("https://user:p%E2%82%AC-4f5e6d@host.example/");
    const login = Buffer.from("user:p€-4f5e6d").toString("base64");
    expect(hide(`refused: Basic ${login}, p€-4f5e6d`)).to.equal(
      "refused: Basic the endpoint, the endpoint",
    );
  });
});

import { expect } from "chai";
import {
  chmodSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";

import { askedAt, ownHosts, parseHost, parseListen } from "../../../../offchain/app/api/address.ts";
import * as limits from "../../../../offchain/app/api/limits.ts";
import { carries, ensureToken, readToken } from "../../../../offchain/app/api/token.ts";
import { WaybillError } from "../../../../offchain/core/errors.ts";
import { ApiRig } from "./support/rig.ts";
import { description } from "./support/schema.ts";
import { saidOnFullDisk } from "../../../support/full-disk.ts";

const codeOf = (task: () => unknown): string => {
  try {
    task();
  } catch (error) {
    return error instanceof WaybillError ? error.code : String(error);
  }
  return "none";
};

describe("who may ask the HTTP API", () => {
  let rig: ApiRig;

  beforeEach(async () => {
    rig = await new ApiRig().start();
    rig.sees();
    rig.runs();
  });
  afterEach(() => rig.stop());

  const closed = Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { security }]) => ({ path, method, security })),
  );

  it("threat 55: without its token nothing is told, whatever the path", async () => {
    let asked = 0;
    for (const { path, method, security } of closed) {
      if (security.length === 0) continue;
      asked += 1;
      const wrong = [
        undefined,
        "",
        "Bearer",
        "Bearer ",
        `Bearer ${"0".repeat(64)}`,
        `Bearer ${rig.token.slice(0, -1)}`,
        `Bearer ${rig.token}0`,
        `Basic ${rig.token}`,
        rig.token,
      ];
      for (const authorization of wrong) {
        const headers: Record<string, string> =
          authorization === undefined ? {} : { authorization };
        const got = await rig.ask(path, headers, { method: method.toUpperCase() });
        expect(got.status, `${path} with ${authorization ?? "nothing"}`).to.equal(401);
        expect(got.json).to.have.property("code", "API_UNAUTHORISED");
        expect(got.headers["www-authenticate"]).to.equal("Bearer");
        expect(got.text).to.not.include(rig.token);
      }
    }
    expect(asked).to.be.greaterThan(8);
  });

  it("threat 55: a token in the address is none", async () => {
    for (const path of [`/v1/status?token=${rig.token}`, `/v1/status?access_token=${rig.token}`])
      expect((await rig.ask(path)).status).to.equal(401);
  });

  it("threat 55: a page that lets its own name point here is refused, with the token and without", async () => {
    const { port } = rig;
    const foreign = [
      "evil.example",
      `evil.example:${port}`,
      `127.0.0.1.evil.example:${port}`,
      `localhost.evil.example:${port}`,
      "127.0.0.1",
      "localhost",
      `127.0.0.1:${port + 1}`,
      `127.0.0.1:${port}0`,
      `0.0.0.0:${port}`,
      `user@127.0.0.1:${port}`,
    ];
    for (const host of foreign)
      for (const { path } of closed) {
        const got = await rig.ask(path, { ...rig.authorised, host });
        // Node itself refuses what is no host at all.
        expect(got.status, `${path} at ${host}`).to.be.oneOf([400, 403]);
        if (got.status === 403) expect(got.json).to.have.property("code", "API_HOST_REFUSED");
      }
    for (const host of [
      `127.0.0.1:${port}`,
      `localhost:${port}`,
      `LOCALHOST:${port}`,
      `[::1]:${port}`,
    ])
      expect((await rig.ask("/v1/status", { ...rig.authorised, host })).status, host).to.equal(200);
  });

  it("threat 55: a request that names no host is refused", async () => {
    const socket = connect(rig.port, "127.0.0.1");
    socket.end(`GET /v1/status HTTP/1.0\r\nAuthorization: Bearer ${rig.token}\r\n\r\n`);
    let text = "";
    for await (const part of socket) text += String(part);
    expect(text).to.match(/^HTTP\/1.1 403 .*API_HOST_REFUSED/s);
  });

  it("threat 55: a page of another origin is refused, and no answer lets a browser read across origins", async () => {
    const own = `http://127.0.0.1:${rig.port}`;
    const others = [
      "http://evil.example",
      "null",
      "https://evil.example:443",
      `http://127.0.0.1:${rig.port + 1}`,
      `https://127.0.0.1:${rig.port}`,
      `http://localhost:${rig.port}`,
      "file://",
    ];
    for (const origin of others) {
      const got = await rig.ask("/v1/status", { ...rig.authorised, origin });
      expect(got.status, origin).to.equal(403);
      expect(got.json).to.have.property("code", "API_ORIGIN_REFUSED");
      expect(Object.keys(got.headers).filter((name) => name.startsWith("access-control"))).to.be
        .empty;
    }
    const asking = { origin: "http://evil.example", "access-control-request-method": "PUT" };
    const preflight = await rig.ask("/v1/log-levels", asking, { method: "OPTIONS" });
    expect(preflight.status).to.equal(403);
    const ours = await rig.ask("/v1/status", { ...rig.authorised, origin: own });
    expect(ours.status).to.equal(200);
    expect(Object.keys(ours.headers).filter((name) => name.startsWith("access-control"))).to.be
      .empty;
  });

  it("answers may not be kept, framed, run or taken for something else", async () => {
    for (const path of ["/v1/status", "/readyz", "/nowhere", "/metrics"]) {
      const { headers } = await rig.get(path);
      expect(headers["cache-control"], path).to.equal("no-store");
      expect(headers["content-security-policy"]).to.include("default-src 'none'");
      expect(headers["x-content-type-options"]).to.equal("nosniff");
      expect(headers["x-frame-options"]).to.equal("DENY");
      expect(headers["cross-origin-resource-policy"]).to.equal("same-origin");
    }
  });

  it("takes no body, header or query beyond what it needs", async () => {
    const put = (body: string, type = "application/json") =>
      rig.ask(
        "/v1/log-levels",
        { ...rig.authorised, "content-type": type },
        { method: "PUT", body },
      );
    rig.levels.know("relay");
    const long = JSON.stringify({
      subsystem: "relay",
      level: "debug",
      x: "y".repeat(limits.BODY_BYTES),
    });
    expect((await put(long)).status).to.equal(400);
    expect((await put(`{"subsystem":"relay"`)).status).to.equal(400);
    expect((await put(`{"subsystem":"relay","level":"debug","more":1}`)).status).to.equal(400);
    expect((await put(`{"subsystem":"relay","level":"loud"}`)).status).to.equal(400);
    expect((await put(`{"subsystem":"nobody","level":"debug"}`)).status).to.equal(400);
    expect((await put(`{"subsystem":"relay","level":"debug"}`, "text/plain")).status).to.equal(400);
    expect((await put(`{"subsystem":"relay","level":"debug"}`)).status).to.equal(200);
    const filler = { ...rig.authorised, "x-filler": "y".repeat(limits.HEADER_BYTES) };
    expect((await rig.ask("/v1/status", filler)).status).to.equal(431);
    for (const query of ["spans=0", "spans=-1", "spans=many", "spans=1e9", "other=1"])
      expect((await rig.get(`/v1/traffic?${query}`)).status, query).to.equal(400);
    expect((await rig.get("/v1/traffic?spans=3")).status).to.equal(200);
  });

  it("what it does not know is not there, and says nothing of the machine", async () => {
    for (const path of [
      "/v2/status",
      "/v1",
      "/v1/status/",
      "/../api-token",
      "/%2e%2e/api-token",
      "/api-token",
    ]) {
      const got = await rig.get(path);
      expect(got.status, path).to.equal(404);
      expect(got.json).to.have.property("code", "API_NOT_FOUND");
      expect(got.text).to.not.include(rig.folder).and.not.include(rig.token);
    }
    expect((await rig.ask("/v1/status", rig.authorised, { method: "POST" })).status).to.equal(404);
    expect((await rig.ask("/v1/status", rig.authorised, { method: "DELETE" })).status).to.equal(
      404,
    );
  });
});

describe("where the HTTP API listens", () => {
  it("threat 55: addresses of this machine only, unless further names are given on purpose", () => {
    expect(parseListen("127.0.0.1:4021")).to.deep.equal({ host: "127.0.0.1", port: 4021 });
    expect(parseListen("[::1]:0")).to.deep.equal({ host: "::1", port: 0 });
    expect(parseListen("127.8.9.1:1")).to.deep.equal({ host: "127.8.9.1", port: 1 });
    for (const text of [
      ...["0.0.0.0:4021", "[::]:4021", "192.168.1.2:4021", "10.0.0.1:1", "[fe80::1]:1"],
      ...["localhost:4021", "127.0.0.1", "4021", ":4021", "127.0.0.1:65536", "127.0.0.1:x", ""],
      ...["127.0.0.1.evil.example:4021", "[::1:4021", "http://127.0.0.1:4021"],
    ])
      expect(
        codeOf(() => parseListen(text)),
        text,
      ).to.equal("OPTION_INVALID");
    expect(parseListen("0.0.0.0:4021", ["relay:4021"])).to.deep.equal({
      host: "0.0.0.0",
      port: 4021,
    });
  });

  it("is told to commands as an address that can be asked, and answers there", async () => {
    for (const [host, told] of [
      ["0.0.0.0", "127.0.0.1"],
      ["127.8.9.1", "127.8.9.1"],
    ] as const) {
      const rig = await new ApiRig().start(undefined, {}, host);
      try {
        const { url = "" } = rig.server ?? {};
        expect(new URL(url).hostname).to.equal(told);
        expect((await fetch(`${url}/v1/status`)).status).to.equal(401);
      } finally {
        await rig.stop();
      }
    }
    expect(askedAt({ host: "::", port: 1 }).host).to.equal("::1");
    expect(askedAt({ host: "0:0:0:0:0:0:0:0", port: 1 }).host).to.equal("::1");
    expect(askedAt({ host: "fd00::1", port: 1 }).host).to.equal("fd00::1");
  });

  it("answers to the machine's own names with its port, and to those that were given", () => {
    expect([...ownHosts(4021, [parseHost("Relay.Internal:4021")])]).to.have.members([
      ...["127.0.0.1:4021", "localhost:4021", "[::1]:4021", "relay.internal:4021"],
    ]);
    expect(ownHosts(80).has("localhost")).to.equal(true);
    for (const text of ["", "a b", "http://x", "x:port", "*"])
      expect(
        codeOf(() => parseHost(text)),
        text,
      ).to.equal("OPTION_INVALID");
  });
});

describe("the API's token", () => {
  let rig: ApiRig;
  beforeEach(() => {
    rig = new ApiRig();
  });
  afterEach(() => rig.stop());

  it("lies in a file that only its owner can read, is random, and stays", () => {
    const path = join(rig.folder, "api-token");
    expect(statSync(path).mode & 0o777).to.equal(0o600);
    expect(rig.token).to.match(/^[0-9a-f]{64}$/);
    expect(ensureToken(rig.folder)).to.equal(rig.token);
    rmSync(path);
    expect(ensureToken(rig.folder)).to.not.equal(rig.token);
  });

  it("leaves nothing behind when it cannot be written as a whole, which would stop every later start", () => {
    rmSync(join(rig.folder, "api-token"));
    const said = saidOnFullDisk(
      0,
      `import { ensureToken } from "./offchain/app/api/token.ts";
      try { ensureToken(${JSON.stringify(rig.folder)}); }
      catch (error) { process.stdout.write(error.code); }`,
    );
    expect(said).to.equal("SECRET_FILE_UNWRITABLE");
    expect(readdirSync(rig.folder)).to.deep.equal([]);
    expect(ensureToken(rig.folder)).to.match(/^[0-9a-f]{64}$/);
  });

  it("is the same when the disk has no room, and nothing is written", () => {
    const said = saidOnFullDisk(
      0,
      `import { ensureToken } from "./offchain/app/api/token.ts";
      process.stdout.write(ensureToken(${JSON.stringify(rig.folder)}));`,
    );
    expect(said).to.equal(rig.token);
    expect(readdirSync(rig.folder)).to.deep.equal(["api-token"]);
  });

  it("is refused when others can read it, when it is no token, and when the file is none", () => {
    const path = join(rig.folder, "api-token");
    chmodSync(path, 0o644);
    expect(codeOf(() => ensureToken(rig.folder))).to.equal("SECRET_FILE_OPEN");
    expect(codeOf(() => readToken(rig.folder))).to.equal("SECRET_FILE_OPEN");
    chmodSync(path, 0o600);
    writeFileSync(path, "short\n");
    expect(codeOf(() => ensureToken(rig.folder))).to.equal("SECRET_INVALID");
    rmSync(path);
    expect(codeOf(() => readToken(rig.folder))).to.equal("SECRET_FILE_UNREADABLE");
    symlinkSync("/nowhere/at/all", path);
    expect(codeOf(() => ensureToken(rig.folder))).to.equal("SECRET_FILE_UNREADABLE");
    expect(() => readFileSync("/nowhere/at/all")).to.throw();
  });

  it("is compared as a whole", () => {
    expect(carries(`Bearer ${rig.token}`, rig.token)).to.equal(true);
    expect(carries(`bearer ${rig.token}`, rig.token)).to.equal(true);
    expect(carries(`Bearer ${rig.token} `, rig.token)).to.equal(false);
    expect(carries(undefined, rig.token)).to.equal(false);
  });
});

/** What a restored settings file says: its lines where they can be replaced, or the file as it was. */
import { expect } from "chai";
import { parse } from "smol-toml";

import { restoredSettings } from "../../../offchain/app/backup/restored-settings.ts";

const ALL = (["keystore", "settings", "policy", "deployment", "database"] as const).map((name) => ({
  name,
}));
const NEW = { network: "deployment.json", "channel-policy": "channel-policy.toml" };

describe("restored settings", () => {
  it("name what came with them, at the top and for the agent, and keep everything else", () => {
    const text =
      'data = "/old"\n"keystore" = \'/old/key\'\ndeployment = "/old/net.json"\npoll = 7\n' +
      '[channels.open]\nnetwork = "/other.json"\n[run] # mine\nchannel-policy = "/old/p"\nlisten = "x"\n';
    const restored = restoredSettings(text, ALL);
    expect(parse(restored.text)).to.deep.equal({
      ...NEW,
      poll: 7,
      channels: { open: { network: "/other.json" } },
      run: { listen: "x" },
    });
    for (const line of text.split("\n")) expect(restored.text).to.contain(line);
    expect(restoredSettings(restored.text, ALL)).to.deep.equal({
      text: restored.text,
      changed: [],
      left: [],
    });
  });

  it("are made where there was no file, and left alone where nothing came that they name", () => {
    expect(parse(restoredSettings("", ALL).text)).to.deep.equal(NEW);
    const text = 'keystore = "/old/key"\nnetwork = "/net.json"\n';
    const bare = restoredSettings(text, [{ name: "database" }]);
    expect(bare).to.deep.equal({ text, changed: [], left: [] });
  });

  it("stay as they are when lines cannot be replaced, or it is no settings file", () => {
    for (const [key, text] of [
      ["network", 'run = { network = "/old" }\n'],
      ["channel-policy", 'channel-policy = """\n/old"""\n'],
      ["network", "listen = '''\nnetwork = \"/old\"\n'''\nrun.network = \"/old\"\n"],
    ] as const) {
      const { left, ...restored } = restoredSettings(text, ALL);
      expect(restored, text).to.deep.equal({ text, changed: [] });
      expect(left).to.include(key);
    }
    const text = "no TOML at all";
    expect(restoredSettings(text, ALL)).to.deep.equal({ text, changed: [], left: [] });
  });
});

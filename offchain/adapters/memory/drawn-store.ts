/** In-memory twin of the drawn packets' table. */
import type { DrawnPacket, DrawnStore } from "../../ports/store.ts";

export function memoryDrawn(alive: () => void): DrawnStore {
  let packets: DrawnPacket[] = [];
  return {
    put: async (packet) => {
      alive();
      const isOther = ({ epoch, draw }: DrawnPacket): boolean =>
        epoch !== packet.epoch || draw !== packet.draw;
      packets = [...packets.filter(isOther), packet];
      packets.sort((a, b) => a.epoch - b.epoch || a.draw - b.draw);
      return Promise.resolve();
    },
    list: async (first) => {
      alive();
      return Promise.resolve(packets.filter(({ epoch }) => epoch >= first));
    },
    forgetBefore: async (first) => {
      alive();
      packets = packets.filter(({ epoch }) => epoch >= first);
      return Promise.resolve();
    },
  };
}

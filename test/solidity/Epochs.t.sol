// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EpochClock, Epochs} from "../../contracts/libraries/Epochs.sol";

contract EpochsTest {
    function testFuzz_TimeFallsInsideItsEpoch(
        uint40 genesis,
        uint32 epochLength,
        uint32 eraLength,
        uint32 epoch,
        uint32 offset
    ) external pure {
        uint32 length = 1 + (epochLength % Epochs.MAX_EPOCH_LENGTH);
        EpochClock clock = Epochs.create(genesis, length, eraLength == 0 ? 1 : eraLength);

        uint256 time = uint256(clock.startOf(epoch)) + (offset % length);

        assert(clock.epochAt(time) == epoch);
    }

    function testFuzz_ChangesCountOneWholeEpochAhead(uint16 eraLength, uint24 epoch) external pure {
        EpochClock clock = Epochs.create(0, 1, uint32(eraLength) + 1);

        uint32 era = clock.effectiveEra(epoch);

        assert(clock.firstEpochOf(era) >= uint256(epoch) + 2);
        assert(clock.firstEpochOf(era - 1) < uint256(epoch) + 2);
        assert(clock.eraOf(clock.firstEpochOf(era)) == era);
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @dev A number of 32 bits and what it was in every era. An entry is era (32 bits) ‖ value (32).
/// `recent` holds the last four entries, the newest lowest, so that what happened lately costs one
/// storage read; `older` has those before them, in ascending order.
struct EraTrace {
    uint256 recent;
    uint64[] older;
}

using EraTraces for EraTrace global;

/// @title EraTraces
/// @notice Writes and looks up what a number is from an era on.
library EraTraces {
    uint256 private constant ENTRY_BITS = 64;
    uint256 private constant ENTRIES = 4;

    /// @dev Eras come in ascending order; a second value for the same era replaces the first.
    function set(EraTrace storage trace, uint32 era, uint32 value) internal {
        uint256 entry = (uint256(era) << 32) | value;
        uint256 recent = trace.recent;
        if (_eraOf(recent) == era) {
            trace.recent = ((recent >> ENTRY_BITS) << ENTRY_BITS) | entry;
            return;
        }
        uint256 oldest = recent >> (ENTRY_BITS * (ENTRIES - 1));
        if (oldest != 0) trace.older.push(uint64(oldest));
        trace.recent = (recent << ENTRY_BITS) | entry;
    }

    /// @return The value from the last era on.
    function latest(EraTrace storage trace) internal view returns (uint32) {
        return uint32(trace.recent);
    }

    /// @return The value in `era`; zero before the first one that was set.
    function valueIn(EraTrace storage trace, uint32 era) internal view returns (uint32) {
        uint256 recent = trace.recent;
        // Where no entry is, era 0 and the value 0 stand, which is what is to be said then.
        for (uint256 left = ENTRIES; left > 0; --left) {
            if (era >= _eraOf(recent)) return uint32(recent);
            recent >>= ENTRY_BITS;
        }
        return _olderAt(trace.older, era);
    }

    function _olderAt(uint64[] storage older, uint32 era) private view returns (uint32) {
        uint256 low = 0;
        uint256 high = older.length;
        // Entries below `low` are of this era or before, those from `high` on of later ones.
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (era >= _eraOf(older[middle])) low = middle + 1;
            else high = middle;
        }
        return low == 0 ? 0 : uint32(older[low - 1]);
    }

    function _eraOf(uint256 entries) private pure returns (uint32) {
        return uint32(entries >> 32);
    }
}

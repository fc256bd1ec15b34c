// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EraTrace} from "../types/EraTrace.sol";

/// @title ActiveSet
/// @notice An ordered set of serial numbers that remembers what it was in every era.
/// @dev Changes come in ascending order of eras; each counts from its era on. A removed member's place
/// is taken by the last one. A read of one place takes one storage read, unless that place has changed
/// more than three times since the era; then O(log n) in the number of its changes.
library ActiveSet {
    /// @param count Number of members by era.
    /// @param memberAt By position: the member by era. Means nothing from the era's count on.
    /// @param placeOf By member: position + 1 by era, zero while it is no member.
    struct Set {
        EraTrace count;
        mapping(uint256 position => EraTrace) memberAt;
        mapping(uint32 member => EraTrace) placeOf;
    }

    /// @dev The member must not be in the set.
    function add(Set storage set, uint32 era, uint32 member) internal {
        uint32 position = set.count.latest();
        set.memberAt[position].set(era, member);
        set.placeOf[member].set(era, position + 1);
        set.count.set(era, position + 1);
    }

    /// @dev The member must be in the set.
    function remove(Set storage set, uint32 era, uint32 member) internal {
        uint32 place = set.placeOf[member].latest();
        uint32 lastPlace = set.count.latest();
        if (place != lastPlace) {
            uint32 moved = set.memberAt[lastPlace - 1].latest();
            set.memberAt[place - 1].set(era, moved);
            set.placeOf[moved].set(era, place);
        }
        set.placeOf[member].set(era, 0);
        set.count.set(era, lastPlace - 1);
    }

    function countIn(Set storage set, uint32 era) internal view returns (uint32) {
        return set.count.valueIn(era);
    }

    /// @dev `position` must be below the era's count.
    function memberIn(
        Set storage set,
        uint32 era,
        uint256 position
    ) internal view returns (uint32) {
        return set.memberAt[position].valueIn(era);
    }

    /// @return Position + 1, or zero when it is no member in `era`.
    function placeIn(Set storage set, uint32 era, uint32 member) internal view returns (uint256) {
        return set.placeOf[member].valueIn(era);
    }
}

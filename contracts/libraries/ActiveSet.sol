// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";

/// @title ActiveSet
/// @notice An ordered set of serial numbers that remembers what it was in every era.
/// @dev Changes come in ascending order of eras; each counts from its era on. A removed member's place
/// is taken by the last one. Reads take O(log n) in the number of changes of one place.
library ActiveSet {
    using Checkpoints for Checkpoints.Trace224;

    /// @param count Number of members by era.
    /// @param memberAt By position: the member by era. Means nothing from the era's count on.
    /// @param placeOf By member: position + 1 by era, zero while it is no member.
    struct Set {
        Checkpoints.Trace224 count;
        mapping(uint256 position => Checkpoints.Trace224) memberAt;
        mapping(uint32 member => Checkpoints.Trace224) placeOf;
    }

    /// @dev The member must not be in the set.
    function add(Set storage set, uint32 era, uint32 member) internal {
        uint224 position = set.count.latest();
        set.memberAt[position].push(era, member);
        set.placeOf[member].push(era, position + 1);
        set.count.push(era, position + 1);
    }

    /// @dev The member must be in the set.
    function remove(Set storage set, uint32 era, uint32 member) internal {
        uint224 place = set.placeOf[member].latest();
        uint224 lastPlace = set.count.latest();
        if (place != lastPlace) {
            uint32 moved = uint32(set.memberAt[lastPlace - 1].latest());
            set.memberAt[place - 1].push(era, moved);
            set.placeOf[moved].push(era, place);
        }
        set.placeOf[member].push(era, 0);
        set.count.push(era, lastPlace - 1);
    }

    function countIn(Set storage set, uint32 era) internal view returns (uint32) {
        return uint32(set.count.upperLookupRecent(era));
    }

    /// @dev `position` must be below the era's count.
    function memberIn(
        Set storage set,
        uint32 era,
        uint256 position
    ) internal view returns (uint32) {
        return uint32(set.memberAt[position].upperLookupRecent(era));
    }

    /// @return Position + 1, or zero when it is no member in `era`.
    function placeIn(Set storage set, uint32 era, uint32 member) internal view returns (uint256) {
        return set.placeOf[member].upperLookupRecent(era);
    }
}

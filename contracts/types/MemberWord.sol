// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RelayId} from "./RelayId.sol";

/// @dev What a cover packet's route needs of a relay beside its key, in one storage word, from the top:
/// relay id without its last five bytes, which are zero (216 bits) ‖ previous key's y is odd (1) ‖ present
/// key's y is odd (1), in a byte ‖ first epoch of the present key (32).
type MemberWord is bytes32;

using MemberWords for MemberWord global;

/// @title MemberWords
/// @notice Reads and changes the fields of a relay's word.
library MemberWords {
    uint256 private constant ID_SHIFT = 40;

    function make(RelayId id_) internal pure returns (MemberWord) {
        return MemberWord.wrap(RelayId.unwrap(id_));
    }

    function id(MemberWord word) internal pure returns (RelayId) {
        return RelayId.wrap((MemberWord.unwrap(word) >> ID_SHIFT) << ID_SHIFT);
    }

    /// @return The epoch from which the present packet key is in force.
    function keyFromEpoch(MemberWord word) internal pure returns (uint32) {
        return uint32(uint256(MemberWord.unwrap(word)));
    }

    /// @return 1 when y of the key is odd, else 0.
    function parity(MemberWord word, bool previous) internal pure returns (uint256) {
        return (uint256(MemberWord.unwrap(word)) >> (previous ? 33 : 32)) & 1;
    }

    /// @return The word after the present key has become the previous one, and another the present one.
    function withKey(
        MemberWord word,
        uint256 y,
        uint32 fromEpoch
    ) internal pure returns (MemberWord) {
        uint256 kept = (uint256(MemberWord.unwrap(word)) >> ID_SHIFT) << ID_SHIFT;
        uint256 parities = (parity(word, false) << 1) | (y & 1);
        return MemberWord.wrap(bytes32(kept | (parities << 32) | fromEpoch));
    }
}

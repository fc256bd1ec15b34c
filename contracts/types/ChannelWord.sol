// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @dev A channel in one storage word (protocol section 3), from the top:
/// balance (128 bits) ‖ next index (48) ‖ generation (32) ‖ status (8) ‖ closable-at (40).
/// An untouched slot reads as a closed channel of generation 0.
type ChannelWord is uint256;

enum ChannelStatus {
    Closed,
    Open,
    Closing
}

using ChannelWords for ChannelWord global;

/// @title ChannelWords
/// @notice Reads and changes the fields of a channel's word.
library ChannelWords {
    function make(
        uint128 balance_,
        uint48 nextIndex_,
        uint32 generation_,
        ChannelStatus status_,
        uint40 closableAt_
    ) internal pure returns (ChannelWord) {
        return
            ChannelWord.wrap(
                (uint256(balance_) << 128) |
                    (uint256(nextIndex_) << 80) |
                    (uint256(generation_) << 48) |
                    (uint256(status_) << 40) |
                    closableAt_
            );
    }

    function balance(ChannelWord word) internal pure returns (uint128) {
        return uint128(ChannelWord.unwrap(word) >> 128);
    }

    /// @return The lowest index that can still be redeemed; 1 in a channel that just opened.
    function nextIndex(ChannelWord word) internal pure returns (uint48) {
        return uint48(ChannelWord.unwrap(word) >> 80);
    }

    /// @return How often the channel has been closed.
    function generation(ChannelWord word) internal pure returns (uint32) {
        return uint32(ChannelWord.unwrap(word) >> 48);
    }

    function status(ChannelWord word) internal pure returns (ChannelStatus) {
        return ChannelStatus(uint8(ChannelWord.unwrap(word) >> 40));
    }

    /// @return The same as asking for status `Closed`, without making the number an enum first.
    function isClosed(ChannelWord word) internal pure returns (bool) {
        return uint8(ChannelWord.unwrap(word) >> 40) == 0;
    }

    /// @return First second at which the payer may finalise; zero unless closing.
    function closableAt(ChannelWord word) internal pure returns (uint40) {
        return uint40(ChannelWord.unwrap(word));
    }

    /// @return The word with another balance and next index and all else as it was.
    function withPayment(
        ChannelWord word,
        uint128 balance_,
        uint48 nextIndex_
    ) internal pure returns (ChannelWord) {
        uint256 kept = ChannelWord.unwrap(word) & type(uint80).max;
        return ChannelWord.wrap((uint256(balance_) << 128) | (uint256(nextIndex_) << 80) | kept);
    }
}

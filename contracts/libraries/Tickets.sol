// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ChannelId} from "../types/ChannelId.sol";
import {ChannelWord} from "../types/ChannelWord.sol";
import {RelayId} from "../types/RelayId.sol";

/// @dev Memory in which the tickets of one batch are checked, one after the other.
type TicketFrame is uint256;

using Tickets for TicketFrame global;

/// @title Tickets
/// @notice Checks winning tickets and counts what they are due (protocol section 3).
/// @dev `open` writes what all tickets of a batch share, `aim` what those of one channel share, and
/// `settle` judges one ticket after the other. Layout, offsets in bytes:
///
/// | offset | content | written by |
/// | --- | --- | --- |
/// | 0x000 | struct: type hash, channel, generation, epoch, amount, winProb, root | all three |
/// | 0x0e0 | digest: 0x1901 ‖ domain separator ‖ struct hash | open, settle |
/// | 0x140 | leaf: "waybill ticket" ‖ index(6) ‖ challenge | settle |
/// | 0x180 | draw: y ‖ leaf ‖ r ‖ response | open, settle |
/// | 0x200 | node: "waybill node" ‖ lower ‖ higher | open, settle |
/// | 0x260 | ecrecover: digest, v, r, s | settle |
/// | 0x2e0 | amounts of layers 0, 1, 2 | open |
/// | 0x340 | balance left, next index, tickets paid, sum of their amounts | aim, settle |
/// | 0x3c0 | channel: "waybill channel" ‖ payer ‖ ticket signer(20) ‖ relay | open, channelAt |
library Tickets {
    bytes32 internal constant BATCH_TYPEHASH = keccak256(
        "TicketBatch(bytes32 channelId,uint32 generation,uint32 epoch,uint128 amount,uint64 winProb,bytes32 root)"
    );
    /// @dev A frame on a link carries at most 16 packets; two levels are spare.
    uint256 internal constant MAX_DEPTH = 6;

    /// @dev Where every frame is, so that offsets into it are constants, which each ticket saves by. A
    /// call opens one frame, and has used no memory from here on before: `open` makes sure.
    uint256 private constant FRAME = 0x600;
    uint256 private constant FRAME_BYTES = 0x440;
    bytes32 private constant LEAF_TAG = "waybill ticket";
    bytes32 private constant NODE_TAG = "waybill node";
    bytes32 private constant CHANNEL_TAG = "waybill channel";
    uint256 private constant LAST_LAYER = 2;
    /// @dev Never redeemed, since no next index could follow.
    uint256 private constant LAST_INDEX = 0xffffffffffff;
    /// @dev Half the order of the group: EIP-2 refuses a higher s.
    uint256 private constant HALF_ORDER =
        0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;

    /// @dev One above the numbers of `IPaymentChannels.SkipReason`.
    uint256 private constant CHANNEL_EMPTY = 2;
    uint256 private constant INDEX_SPENT = 3;
    uint256 private constant UNKNOWN_LAYER = 4;
    uint256 private constant PROOF_TOO_DEEP = 5;
    uint256 private constant LOSES = 6;
    uint256 private constant BAD_SIGNATURE = 7;

    /// @notice Opens a frame for tickets of one relay and one epoch.
    /// @param y VRF output of the relay for the epoch.
    function open(
        bytes32 domainSeparator,
        RelayId relay,
        uint32 epoch,
        uint64 winProb,
        uint128[3] memory amounts,
        bytes32 y
    ) internal pure returns (TicketFrame frame) {
        bytes32 typeHash = BATCH_TYPEHASH;
        assembly ("memory-safe") {
            if gt(mload(0x40), FRAME) {
                revert(0x00, 0x00)
            }
            frame := FRAME
            mstore(0x40, add(frame, FRAME_BYTES))
            mstore(frame, typeHash)
            mstore(add(frame, 0x60), epoch)
            mstore(add(frame, 0xa0), winProb)
            mstore(add(frame, 0xe0), shl(240, 0x1901))
            mstore(add(frame, 0xe2), domainSeparator)
            mstore(add(frame, 0x180), y)
            mstore(add(frame, 0x200), NODE_TAG)
            mcopy(add(frame, 0x2e0), amounts, 0x60)
            mstore(add(frame, 0x3c0), CHANNEL_TAG)
            mstore(add(frame, 0x403), relay)
        }
    }

    /// @return channel The channel of the group at calldata offset `position` (see `Claims`); its ticket
    /// signer is the one that `settle` asks for from now on.
    function channelAt(
        TicketFrame frame,
        uint256 position
    ) internal pure returns (ChannelId channel) {
        assembly ("memory-safe") {
            let buffer := add(frame, 0x3c0)
            calldatacopy(add(buffer, 15), position, 52)
            channel := keccak256(buffer, 99)
        }
    }

    /// @notice The next tickets are of this channel, whose storage holds `word`.
    function aim(TicketFrame frame, ChannelId channel, ChannelWord word) internal pure {
        uint256 generation = word.generation();
        uint256 funds = word.balance();
        uint256 nextIndex = word.nextIndex();
        assembly ("memory-safe") {
            mstore(add(frame, 0x20), channel)
            mstore(add(frame, 0x40), generation)
            let tallied := add(frame, 0x340)
            mstore(tallied, funds)
            mstore(add(tallied, 0x20), nextIndex)
            mstore(add(tallied, 0x40), 0)
            mstore(add(tallied, 0x60), 0)
        }
    }

    /// @return funds What the tickets settled so far leave in the channel.
    /// @return nextIndex The lowest index that can come next.
    /// @return tickets Number of tickets that were paid.
    /// @return due Sum of their amounts; more than what left the channel when the last one emptied it.
    function tally(
        TicketFrame frame
    ) internal pure returns (uint256 funds, uint256 nextIndex, uint256 tickets, uint256 due) {
        assembly ("memory-safe") {
            let tallied := add(frame, 0x340)
            funds := mload(tallied)
            nextIndex := mload(add(tallied, 0x20))
            tickets := mload(add(tallied, 0x40))
            due := mload(add(tallied, 0x60))
        }
    }

    /// @notice Checks the ticket at calldata offset `position` (see `Claims`) and counts it when it is due.
    /// @return refusal Zero when the ticket is paid, else one more than the number of its
    /// `IPaymentChannels.SkipReason`.
    function settle(TicketFrame, uint256 position) internal view returns (uint256 refusal) {
        assembly ("memory-safe") {
            function settled(p) -> no {
                let head := calldataload(p)
                let tallied := add(FRAME, 0x340)
                let index := and(shr(200, head), LAST_INDEX)
                if or(lt(index, mload(add(tallied, 0x20))), eq(index, LAST_INDEX)) {
                    no := INDEX_SPENT
                    leave
                }
                let funds := mload(tallied)
                if iszero(funds) {
                    no := CHANNEL_EMPTY
                    leave
                }
                let layer := shr(252, head)
                if gt(layer, LAST_LAYER) {
                    no := UNKNOWN_LAYER
                    leave
                }
                if gt(and(shr(248, head), 0xf), MAX_DEPTH) {
                    no := PROOF_TOO_DEEP
                    leave
                }
                let amount := mload(add(add(FRAME, 0x2e0), shl(5, layer)))
                no := judged(p, head, amount)
                if no {
                    leave
                }
                mstore(tallied, mul(gt(funds, amount), sub(funds, amount)))
                mstore(add(tallied, 0x20), add(index, 1))
                mstore(add(tallied, 0x40), add(mload(add(tallied, 0x40)), 1))
                mstore(add(tallied, 0x60), add(mload(add(tallied, 0x60)), amount))
            }

            // Draw before proof before signature: what costs least comes first.
            function judged(p, head, amount) -> no {
                let response := calldataload(add(p, 7))
                let r := calldataload(add(p, 39))

                // Leaf, over the challenge that the response opens.
                let buffer := add(FRAME, 0x140)
                mstore(0x00, response)
                mstore(buffer, or(LEAF_TAG, and(shr(104, head), shl(96, LAST_INDEX))))
                mstore(add(buffer, 20), keccak256(0x00, 0x20))
                let node := keccak256(buffer, 52)

                buffer := add(FRAME, 0x180)
                mstore(add(buffer, 0x20), node)
                mstore(add(buffer, 0x40), r)
                mstore(add(buffer, 0x60), response)
                if gt(shr(192, keccak256(buffer, 0x80)), mload(add(FRAME, 0xa0))) {
                    no := LOSES
                    leave
                }

                // Root: of two siblings the lower is hashed first, whichever side each stands on.
                buffer := add(FRAME, 0x200)
                p := add(p, 103)
                let end := add(p, and(shr(243, head), 0x1e0))
                for {} lt(p, end) {
                    p := add(p, 0x20)
                } {
                    let sibling := calldataload(p)
                    let lower := shl(5, lt(sibling, node))
                    mstore(add(buffer, sub(44, lower)), sibling)
                    mstore(add(buffer, add(12, lower)), node)
                    node := keccak256(buffer, 76)
                }
                p := sub(end, and(shr(243, head), 0x1e0))

                mstore(add(FRAME, 0x80), amount)
                mstore(add(FRAME, 0xc0), node)
                buffer := add(FRAME, 0xe0)
                mstore(add(buffer, 34), keccak256(FRAME, 0xe0))
                node := keccak256(buffer, 66)

                let vs := calldataload(sub(p, 32))
                let s := and(vs, shr(1, not(0)))
                buffer := add(FRAME, 0x260)
                mstore(buffer, node)
                mstore(add(buffer, 0x20), add(27, shr(255, vs)))
                mstore(add(buffer, 0x40), r)
                mstore(add(buffer, 0x60), s)
                // A failed recovery is a successful call that writes nothing, so what stood there is
                // cleared first; and nobody signs for address zero.
                mstore(0x00, 0)
                pop(staticcall(gas(), 1, buffer, 0x80, 0x00, 0x20))
                let signer := mload(0x00)
                let asked := shr(96, mload(add(FRAME, 0x3ef)))
                if or(or(iszero(signer), xor(signer, asked)), gt(s, HALF_ORDER)) {
                    no := BAD_SIGNATURE
                }
            }

            refusal := settled(position)
        }
    }
}

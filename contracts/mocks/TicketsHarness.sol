// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Claims} from "../libraries/Claims.sol";
import {TicketFrame, Tickets} from "../libraries/Tickets.sol";
import {ChannelId} from "../types/ChannelId.sol";
import {ChannelWord} from "../types/ChannelWord.sol";
import {RelayId} from "../types/RelayId.sol";

/// @title TicketsHarness
/// @notice Opens the ticket check to tests, next to the same rules written plainly.
contract TicketsHarness {
    struct Batch {
        bytes32 separator;
        RelayId relay;
        uint32 epoch;
        uint64 winProb;
        uint128[3] amounts;
        bytes32 y;
    }

    struct Ticket {
        bytes32 channelId;
        uint32 generation;
        uint32 epoch;
        uint128 amount;
        uint64 winProb;
        bytes32 y;
        uint48 index;
        bytes32 response;
        bytes32 r;
    }

    struct Plain {
        bytes32 leaf;
        uint64 draw;
        bytes32 digest;
    }

    struct Tally {
        uint256 funds;
        uint256 nextIndex;
        uint256 tickets;
        uint256 due;
    }

    /// @notice Settles the first group of `claims`, whose channel's storage holds `word`.
    function settle(
        Batch calldata batch,
        ChannelWord word,
        bytes calldata claims
    ) external view returns (ChannelId channel, uint256[] memory refusals, Tally memory tally) {
        (TicketFrame frame, uint256 position) = _open(batch, claims);
        channel = frame.channelAt(position);
        (refusals, tally) = _settle(frame, channel, word, position);
    }

    /// @notice The same for tickets that are signed for `channel`, whatever channel the claims name. It
    /// frees the signed digest from the signer's address, so that any signature has some signer.
    function settleAs(
        Batch calldata batch,
        ChannelId channel,
        ChannelWord word,
        bytes calldata claims
    ) external view returns (uint256[] memory refusals, Tally memory tally) {
        (TicketFrame frame, uint256 position) = _open(batch, claims);
        frame.channelAt(position);
        return _settle(frame, channel, word, position);
    }

    function _open(
        Batch calldata batch,
        bytes calldata claims
    ) private pure returns (TicketFrame frame, uint256 position) {
        (position, ) = Claims.bounds(claims);
        frame = Tickets.open(
            batch.separator,
            batch.relay,
            batch.epoch,
            batch.winProb,
            batch.amounts,
            batch.y
        );
    }

    function _settle(
        TicketFrame frame,
        ChannelId channel,
        ChannelWord word,
        uint256 position
    ) private view returns (uint256[] memory refusals, Tally memory tally) {
        frame.aim(channel, word);
        (uint256 count, uint256 next) = Claims.group(position);
        refusals = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            refusals[i] = frame.settle(next);
            next = Claims.ticketEnd(next);
        }
        (tally.funds, tally.nextIndex, tally.tickets, tally.due) = frame.tally();
    }

    /// @return plain Leaf, draw and digest of lone tickets, as the specification words them.
    function describe(
        bytes32 separator,
        Ticket[] calldata tickets
    ) external pure returns (Plain[] memory plain) {
        plain = new Plain[](tickets.length);
        for (uint256 i = 0; i < tickets.length; ++i) plain[i] = _describe(separator, tickets[i]);
    }

    function _describe(
        bytes32 separator,
        Ticket calldata ticket
    ) private pure returns (Plain memory plain) {
        bytes32 challenge = keccak256(abi.encode(ticket.response));
        plain.leaf = keccak256(abi.encodePacked("waybill ticket", ticket.index, challenge));
        bytes32 draw = keccak256(abi.encode(ticket.y, plain.leaf, ticket.r, ticket.response));
        plain.draw = uint64(bytes8(draw));
        bytes32 structHash = keccak256(
            abi.encode(
                Tickets.BATCH_TYPEHASH,
                ticket.channelId,
                ticket.generation,
                ticket.epoch,
                ticket.amount,
                ticket.winProb,
                plain.leaf
            )
        );
        plain.digest = keccak256(abi.encodePacked(hex"1901", separator, structHash));
    }
}

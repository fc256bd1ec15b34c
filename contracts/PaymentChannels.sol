// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";

import {ChannelLedger} from "./channels/ChannelLedger.sol";
import {ChannelParameters} from "./channels/ChannelParameters.sol";
import {IPaymentChannels} from "./interfaces/IPaymentChannels.sol";
import {ChannelIds} from "./libraries/ChannelIds.sol";
import {Claims} from "./libraries/Claims.sol";
import {ECVRF} from "./libraries/ECVRF.sol";
import {TicketAmounts} from "./libraries/TicketAmounts.sol";
import {TicketFrame, Tickets} from "./libraries/Tickets.sol";
import {ChannelId} from "./types/ChannelId.sol";
import {ChannelStatus, ChannelWord} from "./types/ChannelWord.sol";
import {PayerId} from "./types/PayerId.sol";
import {RelayId} from "./types/RelayId.sol";

/// @title PaymentChannels
/// @notice Redemption of winning tickets, on top of the channels (`ChannelLedger`), the money that has
/// left them (`ChannelEarnings`) and what the deployment fixed (`ChannelParameters`).
/// @dev Calls can be bundled with OpenZeppelin's `multicall`.
contract PaymentChannels is ChannelLedger, EIP712, Multicall {
    /// What one group of claims got out of its channel so far.
    struct Tally {
        uint128 balance;
        uint48 nextIndex;
        uint256 tickets;
        uint256 paid;
        uint256 unpaid;
    }

    uint256 private constant LAYERS = 3;

    constructor(Parameters memory given) ChannelParameters(given) EIP712("Waybill", "1") {}

    /// @inheritdoc IPaymentChannels
    function redeem(
        RelayId relay,
        uint32 epoch,
        uint256 vrfX,
        uint256 vrfY,
        bytes calldata vrfProof,
        bytes calldata claims
    ) external override nonReentrant {
        // Check
        bytes32 registered = _requireOwnerOrAgent(relay);
        bytes32 key = keccak256(abi.encode(vrfX, vrfY));
        if (key != registered) revert PaymentChannels_WrongVrfKey(key, registered);
        _requireRedeemable(epoch);
        bytes32 y = ECVRF.verify(vrfX, vrfY, ticketVrfInput(relay, epoch), vrfProof);

        // Effect
        TicketFrame frame = Tickets.open(_domainSeparatorV4(), epoch, winProb, y);
        uint256 paid = _payClaims(relay, frame, claims);
        uint256 burned = (paid * burnShareBps) / TicketAmounts.BPS;
        if (paid > 0) _creditEarnings(relay, paid - burned, burned);
        emit Redeemed(relay, epoch, paid - burned, burned);
    }

    /// @inheritdoc IPaymentChannels
    function ticketVrfInput(
        RelayId relay,
        uint32 epoch
    ) public view override returns (bytes memory) {
        return
            abi.encodePacked("waybill ticket", block.chainid, address(this), relay, uint64(epoch));
    }

    function _payClaims(
        RelayId relay,
        TicketFrame frame,
        bytes calldata claims
    ) private returns (uint256 paid) {
        (uint256 position, uint256 end) = Claims.bounds(claims);
        while (position < end) {
            uint256 claimed;
            (claimed, position) = _payGroup(relay, frame, position, end);
            paid += claimed;
        }
    }

    /// @return paid What the group at `position` got out of its channel.
    /// @return next Position of the next group.
    function _payGroup(
        RelayId relay,
        TicketFrame frame,
        uint256 position,
        uint256 end
    ) private returns (uint256 paid, uint256 next) {
        PayerId payer;
        address signer;
        uint256 count;
        (payer, signer, count, next) = Claims.group(position, end);
        ChannelId channel = ChannelIds.channel(payer, signer, relay);
        ChannelWord word = _channels[channel];
        bool closed = word.status() == ChannelStatus.Closed;
        Tally memory tally = Tally(word.balance(), word.nextIndex(), 0, 0, 0);
        frame.aim(channel, word.generation());

        for (; count > 0; --count) {
            position = next;
            next = Claims.ticketEnd(position, end);
            (bool pays, SkipReason reason) = closed
                ? (false, SkipReason.ChannelClosed)
                : _payTicket(frame, tally, position, signer);
            if (!pays) emit TicketSkipped(channel, Claims.index(position), reason);
        }

        if (tally.tickets > 0) {
            word = word.withPayment(tally.balance, tally.nextIndex);
            _channels[channel] = word;
            emit TicketsRedeemed(channel, tally.tickets, tally.paid, tally.unpaid, word);
        }
        return (tally.paid, next);
    }

    /// @return pays Whether the ticket was paid.
    /// @return reason Why not; means nothing when it was paid.
    function _payTicket(
        TicketFrame frame,
        Tally memory tally,
        uint256 position,
        address signer
    ) private view returns (bool pays, SkipReason reason) {
        (uint256 layer, uint256 depth) = Claims.shape(position);
        uint48 index = Claims.index(position);
        if (layer >= LAYERS) return (false, SkipReason.UnknownLayer);
        if (depth > Tickets.MAX_DEPTH) return (false, SkipReason.ProofTooDeep);
        if (index < tally.nextIndex || index == type(uint48).max)
            return (false, SkipReason.IndexSpent);
        if (tally.balance == 0) return (false, SkipReason.ChannelEmpty);

        uint128 due = _amountOf(layer);
        Tickets.Verdict verdict = frame.check(position, index, depth, due, signer);
        if (verdict == Tickets.Verdict.Loses) return (false, SkipReason.Loses);
        if (verdict == Tickets.Verdict.BadSignature) return (false, SkipReason.BadSignature);

        uint128 payout = due < tally.balance ? due : tally.balance;
        tally.balance -= payout;
        tally.nextIndex = index + 1;
        ++tally.tickets;
        tally.paid += payout;
        tally.unpaid += due - payout;
        return (true, reason);
    }

    function _requireRedeemable(uint32 epoch) private view {
        uint32 current = _clock.current();
        if (epoch >= current) revert PaymentChannels_EpochNotOver(epoch, current);
        if (current - epoch > redemptionWindow)
            revert PaymentChannels_EpochTooOld(epoch, current - redemptionWindow);
    }
}

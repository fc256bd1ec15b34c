// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";

import {ChannelLedger} from "./channels/ChannelLedger.sol";
import {ChannelParameters} from "./channels/ChannelParameters.sol";
import {IPaymentChannels} from "./interfaces/IPaymentChannels.sol";
import {Claims} from "./libraries/Claims.sol";
import {ECVRF} from "./libraries/ECVRF.sol";
import {TicketAmounts} from "./libraries/TicketAmounts.sol";
import {TicketFrame, Tickets} from "./libraries/Tickets.sol";
import {ChannelId} from "./types/ChannelId.sol";
import {ChannelWord} from "./types/ChannelWord.sol";
import {RelayId} from "./types/RelayId.sol";

/// @title PaymentChannels
/// @notice Redemption of winning tickets, on top of the channels (`ChannelLedger`), the money that has
/// left them (`ChannelEarnings`) and what the deployment fixed (`ChannelParameters`).
/// @dev Calls can be bundled with OpenZeppelin's `multicall`.
contract PaymentChannels is ChannelLedger, EIP712, Multicall {
    /// @dev What `Tickets.settle` would say of each ticket of a closed channel.
    uint256 private constant CHANNEL_CLOSED = uint256(SkipReason.ChannelClosed) + 1;

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
        _requireRedeemer(relay, keccak256(abi.encode(vrfX, vrfY)));
        _requireRedeemable(epoch);
        bytes32 y = ECVRF.verify(vrfX, vrfY, ticketVrfInput(relay, epoch), vrfProof);

        // Effect
        TicketFrame frame = Tickets.open(
            _domainSeparatorV4(),
            relay,
            epoch,
            winProb,
            ticketAmounts(),
            y
        );
        uint256 paid = _payClaims(frame, claims);
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

    function _payClaims(TicketFrame frame, bytes calldata claims) private returns (uint256 paid) {
        (uint256 position, uint256 end) = Claims.bounds(claims);
        while (position < end) {
            uint256 claimed;
            (claimed, position) = _payGroup(frame, position, end);
            paid += claimed;
        }
    }

    /// @return paid What the group at `position` got out of its channel.
    /// @return next Position of the next group.
    function _payGroup(
        TicketFrame frame,
        uint256 position,
        uint256 end
    ) private returns (uint256 paid, uint256 next) {
        uint256 count;
        (count, next) = Claims.group(position);
        ChannelId channel = frame.channelAt(position);
        ChannelWord word = _channels[channel];
        bool closed = word.isClosed();
        frame.aim(channel, word);

        // Nothing overflows: positions stay near calldata, and a count has 16 bits.
        unchecked {
            for (; count > 0; --count) {
                uint256 refusal = closed ? CHANNEL_CLOSED : frame.settle(next);
                if (refusal > 0)
                    emit TicketSkipped(channel, Claims.index(next), SkipReason(refusal - 1));
                next = Claims.ticketEnd(next);
            }
        }
        // What was read beyond the end does not count.
        if (next > end) revert Claims.Claims_Truncated(next - end);

        (uint256 funds, uint256 nextIndex, uint256 tickets, uint256 due) = frame.tally();
        if (tickets > 0) {
            // Funds only fall, by at most what is due.
            unchecked {
                paid = word.balance() - funds;
                due -= paid;
            }
            word = word.withPayment(uint128(funds), uint48(nextIndex));
            _channels[channel] = word;
            emit TicketsRedeemed(channel, tickets, paid, due, word);
        }
    }

    function _requireRedeemer(RelayId relay, bytes32 key) private view {
        if (registry.allowsRedeemer(relay, msg.sender, key)) return;
        revert PaymentChannels_WrongVrfKey(key, _requireOwnerOrAgent(relay));
    }

    function _requireRedeemable(uint32 epoch) private view {
        uint32 current = CLOCK.current();
        if (epoch >= current) revert PaymentChannels_EpochNotOver(epoch, current);
        unchecked {
            // The epoch is over, so neither difference is below zero.
            if (current - epoch > redemptionWindow)
                revert PaymentChannels_EpochTooOld(epoch, current - redemptionWindow);
        }
    }
}

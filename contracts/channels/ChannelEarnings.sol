// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {IERC20Burnable} from "../interfaces/IERC20Burnable.sol";
import {IPaymentChannels} from "../interfaces/IPaymentChannels.sol";
import {TokenMoves} from "../libraries/TokenMoves.sol";
import {EarningsWord, EarningsWords} from "../types/EarningsWord.sol";
import {RelayId} from "../types/RelayId.sol";
import {ChannelParameters} from "./ChannelParameters.sol";

/// @title ChannelEarnings
/// @notice Money that has left its channel: relays' earnings, owed burns, accounts' refunds.
abstract contract ChannelEarnings is ChannelParameters, ReentrancyGuardTransient {
    using TokenMoves for IERC20Burnable;

    struct Allowance {
        uint112 perEpoch;
        uint112 spent;
        uint32 epoch;
    }

    mapping(RelayId relay => EarningsWord earnings) private _earnings;
    mapping(RelayId relay => Allowance allowance) private _allowances;
    mapping(address account => uint256 amount) private _refunds;

    /// @inheritdoc IPaymentChannels
    function withdraw(RelayId relay, uint256 amount) external override nonReentrant {
        // Check
        _requireOwner(relay);
        (uint256 credit, uint256 owed) = _split(relay);
        if (amount > credit) revert PaymentChannels_AboveBalance(amount, credit);
        address to = registry.earningsRecipient(relay);

        // Effect
        credit -= amount;
        _earnings[relay] = EarningsWords.make(credit, owed);

        // Interaction, then what depends on it: how much can be burned shows after the payout only.
        uint256 left = token.payOut(to, amount);
        uint256 burned = Math.min(owed, left);
        _earnings[relay] = EarningsWords.make(credit, owed - burned);
        if (burned > 0) token.destroy(burned);
        emit EarningsWithdrawn(relay, to, amount);
        emit Burned(relay, burned);
    }

    /// @inheritdoc IPaymentChannels
    function addEarnings(RelayId relay, uint256 amount) external override nonReentrant {
        (address owner, , ) = registry.redemptionInfo(relay);
        if (owner == address(0)) revert PaymentChannels_UnknownRelay(relay);
        uint256 added = token.pull(msg.sender, amount);
        _creditEarnings(relay, added, 0);
        emit EarningsAdded(relay, msg.sender, added);
    }

    /// @inheritdoc IPaymentChannels
    function burnOwed(RelayId relay) external override nonReentrant {
        (uint256 credit, uint256 owed) = _split(relay);
        uint256 held = token.balanceOf(address(this));
        if (held < owed) revert PaymentChannels_TokenShortfall(held, owed);
        _earnings[relay] = EarningsWords.make(credit, 0);
        token.destroy(owed);
        emit Burned(relay, owed);
    }

    /// @inheritdoc IPaymentChannels
    function withdrawRefund(address to, uint256 amount) external override nonReentrant {
        uint256 refund = _refunds[msg.sender];
        if (amount > refund) revert PaymentChannels_AboveBalance(amount, refund);
        _refunds[msg.sender] = refund - amount;
        token.payOut(to, amount);
        emit RefundWithdrawn(msg.sender, to, amount);
    }

    /// @inheritdoc IPaymentChannels
    function setAgentAllowance(RelayId relay, uint112 perEpoch) external override {
        _requireOwner(relay);
        _allowances[relay].perEpoch = perEpoch;
        emit AgentAllowanceChanged(relay, perEpoch);
    }

    /// @inheritdoc IPaymentChannels
    function earningsOf(
        RelayId relay
    ) external view override returns (uint128 credit, uint128 owedBurn) {
        (uint256 held, uint256 owed) = _split(relay);
        return (uint128(held), uint128(owed));
    }

    /// @inheritdoc IPaymentChannels
    function refundOf(address account) external view override returns (uint256) {
        return _refunds[account];
    }

    /// @inheritdoc IPaymentChannels
    function agentAllowance(
        RelayId relay
    ) external view override returns (uint112 perEpoch, uint112 left) {
        Allowance memory allowance = _allowances[relay];
        return (allowance.perEpoch, _leftOf(allowance));
    }

    function _creditEarnings(RelayId relay, uint256 credited, uint256 owedBurn) internal {
        (uint256 credit, uint256 owed) = _split(relay);
        _earnings[relay] = EarningsWords.make(credit + credited, owed + owedBurn);
    }

    function _creditRefund(address account, uint256 amount) internal {
        _refunds[account] += amount;
    }

    /// @dev Takes `amount` out of the relay's earnings for the caller, its owner or its agent.
    function _spendEarnings(RelayId relay, uint128 amount) internal {
        (address owner, address agent, ) = registry.redemptionInfo(relay);
        if (msg.sender != owner) {
            if (msg.sender != agent) revert PaymentChannels_NotOwnerOrAgent(msg.sender, relay);
            _spendAllowance(relay, amount);
        }
        (uint256 credit, uint256 owed) = _split(relay);
        if (amount > credit) revert PaymentChannels_AboveBalance(amount, credit);
        _earnings[relay] = EarningsWords.make(credit - amount, owed);
    }

    function _spendAllowance(RelayId relay, uint128 amount) private {
        Allowance memory allowance = _allowances[relay];
        uint112 left = _leftOf(allowance);
        if (amount > left) revert PaymentChannels_AboveAllowance(amount, left);
        // What is left never exceeds what was set, so nothing overflows.
        uint32 current = CLOCK.current();
        uint112 before = allowance.epoch == current ? allowance.spent : 0;
        _allowances[relay] = Allowance(allowance.perEpoch, before + uint112(amount), current);
    }

    function _split(RelayId relay) private view returns (uint256 credit, uint256 owedBurn) {
        EarningsWord earnings = _earnings[relay];
        return (earnings.credit(), earnings.owedBurn());
    }

    /// @dev An allowance lowered below what was spent already leaves nothing.
    function _leftOf(Allowance memory allowance) private view returns (uint112) {
        if (allowance.epoch != CLOCK.current()) return allowance.perEpoch;
        if (allowance.spent >= allowance.perEpoch) return 0;
        return allowance.perEpoch - allowance.spent;
    }

    function _requireOwner(RelayId relay) private view {
        (address owner, , ) = registry.redemptionInfo(relay);
        if (msg.sender != owner) revert PaymentChannels_NotOwner(msg.sender, owner);
    }
}

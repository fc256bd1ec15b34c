// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IERC20Burnable} from "../interfaces/IERC20Burnable.sol";
import {IPaymentChannels} from "../interfaces/IPaymentChannels.sol";
import {TokenMoves} from "../libraries/TokenMoves.sol";
import {RelayId} from "../types/RelayId.sol";
import {ChannelParameters} from "./ChannelParameters.sol";

/// @title ChannelEarnings
/// @notice Money that has left its channel: relays' earnings, owed burns, accounts' refunds.
abstract contract ChannelEarnings is ChannelParameters, ReentrancyGuardTransient {
    using TokenMoves for IERC20Burnable;
    using SafeCast for uint256;

    struct Earnings {
        uint128 credit;
        uint128 owedBurn;
    }

    struct Allowance {
        uint112 perEpoch;
        uint112 spent;
        uint32 epoch;
    }

    mapping(RelayId relay => Earnings earnings) private _earnings;
    mapping(RelayId relay => Allowance allowance) private _allowances;
    mapping(address account => uint256 amount) private _refunds;

    /// @inheritdoc IPaymentChannels
    function withdraw(RelayId relay, uint256 amount) external override nonReentrant {
        // Check
        _requireOwner(relay);
        Earnings memory earnings = _earnings[relay];
        if (amount > earnings.credit) revert PaymentChannels_AboveBalance(amount, earnings.credit);
        address to = registry.earningsRecipient(relay);

        // Effect
        _earnings[relay].credit = earnings.credit - amount.toUint128();

        // Interaction, then what depends on it: how much can be burned shows after the payout only.
        uint256 left = token.payOut(to, amount);
        uint256 burned = Math.min(earnings.owedBurn, left);
        _earnings[relay].owedBurn = earnings.owedBurn - burned.toUint128();
        if (burned > 0) token.destroy(burned);
        emit EarningsWithdrawn(relay, to, amount);
        emit Burned(relay, burned);
    }

    /// @inheritdoc IPaymentChannels
    function burnOwed(RelayId relay) external override nonReentrant {
        uint256 owed = _earnings[relay].owedBurn;
        uint256 held = token.balanceOf(address(this));
        if (held < owed) revert PaymentChannels_TokenShortfall(held, owed);
        _earnings[relay].owedBurn = 0;
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
        Earnings memory earnings = _earnings[relay];
        return (earnings.credit, earnings.owedBurn);
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
        Earnings memory earnings = _earnings[relay];
        _earnings[relay] = Earnings(
            earnings.credit + credited.toUint128(),
            earnings.owedBurn + owedBurn.toUint128()
        );
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
        uint128 credit = _earnings[relay].credit;
        if (amount > credit) revert PaymentChannels_AboveBalance(amount, credit);
        _earnings[relay].credit = credit - amount;
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

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IERC20Burnable} from "../interfaces/IERC20Burnable.sol";
import {IPaymentChannels} from "../interfaces/IPaymentChannels.sol";
import {ChannelIds} from "../libraries/ChannelIds.sol";
import {TokenMoves} from "../libraries/TokenMoves.sol";
import {ChannelId} from "../types/ChannelId.sol";
import {ChannelStatus, ChannelWord, ChannelWords} from "../types/ChannelWord.sol";
import {PayerId} from "../types/PayerId.sol";
import {RelayId} from "../types/RelayId.sol";
import {ChannelEarnings} from "./ChannelEarnings.sol";

/// @title ChannelLedger
/// @notice The channels themselves: opened and funded by payers, closed by either side.
abstract contract ChannelLedger is ChannelEarnings {
    using TokenMoves for IERC20Burnable;
    using SafeCast for uint256;

    mapping(ChannelId channel => ChannelWord word) internal _channels;
    mapping(address account => mapping(address operator => bool approved)) private _operators;

    /// @inheritdoc IPaymentChannels
    function setOperator(address operator, bool approved) external override {
        _operators[msg.sender][operator] = approved;
        emit OperatorChanged(msg.sender, operator, approved);
    }

    /// @inheritdoc IPaymentChannels
    function open(
        Parties calldata parties,
        uint256 amount
    ) external override nonReentrant returns (ChannelId channel) {
        // Check
        _requirePayer(parties);
        if (parties.ticketSigner == address(0)) revert PaymentChannels_ZeroAddress();
        (address owner, , ) = registry.redemptionInfo(parties.relay);
        if (owner == address(0)) revert PaymentChannels_UnknownRelay(parties.relay);
        PayerId payer = payerIdOf(parties.kind, parties.payer);
        channel = ChannelIds.channel(payer, parties.ticketSigner, parties.relay);
        ChannelWord word = _channels[channel];
        _requireStatus(channel, word, ChannelStatus.Closed);

        // Effect
        word = ChannelWords.make(0, 1, word.generation(), ChannelStatus.Open, 0);
        _channels[channel] = word;
        emit ChannelOpened(channel, payer, parties.relay, parties.ticketSigner, word);

        // Interaction
        if (amount > 0) _pullInto(channel, amount);
    }

    /// @inheritdoc IPaymentChannels
    function fund(ChannelId channel, uint256 amount) external override nonReentrant {
        _requireStatus(channel, _channels[channel], ChannelStatus.Open);
        _pullInto(channel, amount);
    }

    /// @inheritdoc IPaymentChannels
    function fundWithPermit(
        ChannelId channel,
        uint256 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external override nonReentrant {
        _requireStatus(channel, _channels[channel], ChannelStatus.Open);
        // Whoever used the permit up before us has put the allowance in place.
        if (token.allowance(msg.sender, address(this)) < amount)
            IERC20Permit(address(token)).permit(
                msg.sender,
                address(this),
                amount,
                deadline,
                v,
                r,
                s
            );
        _pullInto(channel, amount);
    }

    /// @inheritdoc IPaymentChannels
    function fundFromEarnings(
        RelayId relay,
        ChannelId channel,
        uint128 amount
    ) external override nonReentrant {
        _requireStatus(channel, _channels[channel], ChannelStatus.Open);
        _spendEarnings(relay, amount);
        _add(channel, amount);
        emit EarningsSpent(relay, channel, amount, msg.sender);
    }

    /// @inheritdoc IPaymentChannels
    function initiateClose(Parties calldata parties) external override nonReentrant {
        _requirePayer(parties);
        ChannelId channel = channelIdOf(parties);
        ChannelWord word = _channels[channel];
        _requireStatus(channel, word, ChannelStatus.Open);

        word = ChannelWords.make(
            word.balance(),
            word.nextIndex(),
            word.generation(),
            ChannelStatus.Closing,
            (block.timestamp + noticePeriod).toUint40()
        );
        _channels[channel] = word;
        emit ChannelClosing(channel, word);
    }

    /// @inheritdoc IPaymentChannels
    function finaliseClose(Parties calldata parties) external override nonReentrant {
        _requirePayer(parties);
        ChannelId channel = channelIdOf(parties);
        ChannelWord word = _channels[channel];
        _requireStatus(channel, word, ChannelStatus.Closing);
        if (block.timestamp < word.closableAt())
            revert PaymentChannels_NoticeRunning(block.timestamp, word.closableAt());
        _close(parties, channel, word);
    }

    /// @inheritdoc IPaymentChannels
    function closeAsRelay(Parties calldata parties) external override nonReentrant {
        _requireOwnerOrAgent(parties.relay);
        ChannelId channel = channelIdOf(parties);
        ChannelWord word = _channels[channel];
        if (word.status() == ChannelStatus.Closed)
            revert PaymentChannels_WrongStatus(channel, ChannelStatus.Closed, ChannelStatus.Open);
        _close(parties, channel, word);
    }

    // ---- State ----

    /// @inheritdoc IPaymentChannels
    function channelWord(ChannelId channel) external view override returns (ChannelWord) {
        return _channels[channel];
    }

    /// @inheritdoc IPaymentChannels
    function channelState(
        ChannelId channel
    )
        external
        view
        override
        returns (
            uint128 balance,
            uint48 nextIndex,
            uint32 generation,
            ChannelStatus status,
            uint40 closableAt
        )
    {
        ChannelWord word = _channels[channel];
        return (
            word.balance(),
            word.nextIndex(),
            word.generation(),
            word.status(),
            word.closableAt()
        );
    }

    /// @inheritdoc IPaymentChannels
    function isOperator(address account, address operator) external view override returns (bool) {
        return _operators[account][operator];
    }

    /// @inheritdoc IPaymentChannels
    function channelIdOf(Parties calldata parties) public pure override returns (ChannelId) {
        PayerId payer = payerIdOf(parties.kind, parties.payer);
        return ChannelIds.channel(payer, parties.ticketSigner, parties.relay);
    }

    /// @inheritdoc IPaymentChannels
    function payerIdOf(PayerKind kind, bytes32 payer) public pure override returns (PayerId) {
        if (kind == PayerKind.Relay) return ChannelIds.ofRelay(RelayId.wrap(payer));
        return ChannelIds.ofAccount(_accountOf(payer));
    }

    // ---- Channels ----

    function _pullInto(ChannelId channel, uint256 amount) private {
        _add(channel, token.pull(msg.sender, amount).toUint128());
    }

    function _add(ChannelId channel, uint128 added) private {
        ChannelWord word = _channels[channel];
        word = word.withPayment(word.balance() + added, word.nextIndex());
        _channels[channel] = word;
        emit ChannelFunded(channel, added, word);
    }

    function _close(Parties calldata parties, ChannelId channel, ChannelWord word) private {
        uint128 returned = word.balance();
        word = ChannelWords.make(0, 0, word.generation() + 1, ChannelStatus.Closed, 0);
        _channels[channel] = word;
        emit ChannelClosed(channel, returned, word);

        if (parties.kind == PayerKind.Relay) {
            RelayId payer = RelayId.wrap(parties.payer);
            _creditEarnings(payer, returned, 0);
            emit EarningsReturned(payer, channel, returned);
        } else {
            address account = _accountOf(parties.payer);
            _creditRefund(account, returned);
            emit RefundCredited(account, channel, returned);
        }
    }

    // ---- Who ----

    function _requirePayer(Parties calldata parties) private view {
        if (parties.kind == PayerKind.Relay) {
            _requireOwnerOrAgent(RelayId.wrap(parties.payer));
            return;
        }
        address account = _accountOf(parties.payer);
        if (msg.sender != account && !_operators[account][msg.sender])
            revert PaymentChannels_NotPayer(msg.sender, ChannelIds.ofAccount(account));
    }

    /// @return vrfKeyHash What the registry holds of the relay's VRF key.
    function _requireOwnerOrAgent(RelayId relay) internal view returns (bytes32 vrfKeyHash) {
        bool allowed;
        (allowed, vrfKeyHash) = registry.redeemerInfo(relay, msg.sender);
        if (!allowed) revert PaymentChannels_NotOwnerOrAgent(msg.sender, relay);
    }

    function _requireStatus(
        ChannelId channel,
        ChannelWord word,
        ChannelStatus needed
    ) private pure {
        if (word.status() != needed)
            revert PaymentChannels_WrongStatus(channel, word.status(), needed);
    }

    function _accountOf(bytes32 payer) private pure returns (address) {
        if (uint256(payer) > type(uint160).max) revert PaymentChannels_NotAnAddress(payer);
        return address(uint160(uint256(payer)));
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Burnable} from "../interfaces/IERC20Burnable.sol";
import {IPaymentChannels} from "../interfaces/IPaymentChannels.sol";
import {IRelayRegistry} from "../interfaces/IRelayRegistry.sol";
import {EpochClock, Epochs} from "../libraries/Epochs.sol";
import {TicketAmounts} from "../libraries/TicketAmounts.sol";

/// @title ChannelParameters
/// @notice What a deployment fixes for ever, checked against each other and against the registry.
abstract contract ChannelParameters is IPaymentChannels {
    /// @dev Above a quarter, what senders pay is mostly destroyed.
    uint16 internal constant MAX_BURN_BPS = 2_500;
    /// @dev Money must come back within a time that people can wait for.
    uint32 internal constant MAX_NOTICE = 180 days;
    /// @dev Three exponential delays in a row sum up to more than 20 means once in two million times.
    uint256 internal constant ROUTE_MEANS = 20;

    /// @inheritdoc IPaymentChannels
    IERC20Burnable public immutable override token;
    /// @inheritdoc IPaymentChannels
    IRelayRegistry public immutable override registry;
    /// @inheritdoc IPaymentChannels
    uint128 public immutable override netFee;
    /// @inheritdoc IPaymentChannels
    uint16 public immutable override burnShareBps;
    /// @inheritdoc IPaymentChannels
    uint64 public immutable override winProb;
    /// @inheritdoc IPaymentChannels
    uint32 public immutable override redemptionWindow;
    /// @inheritdoc IPaymentChannels
    uint32 public immutable override noticePeriod;
    /// @inheritdoc IPaymentChannels
    uint32 public immutable override meanDelayMillis;

    EpochClock internal immutable CLOCK;
    uint128 private immutable AMOUNT_ENTRY;
    uint128 private immutable AMOUNT_MIDDLE;
    uint128 private immutable AMOUNT_LAST;

    constructor(Parameters memory given) {
        _checkContracts(given);
        token = given.token;
        registry = given.registry;

        if (given.burnShareBps > MAX_BURN_BPS)
            revert PaymentChannels_BurnShareTooHigh(given.burnShareBps, MAX_BURN_BPS);
        netFee = given.netFee;
        burnShareBps = given.burnShareBps;
        winProb = given.winProb;
        (AMOUNT_ENTRY, AMOUNT_MIDDLE, AMOUNT_LAST) = TicketAmounts.perLayer(
            given.netFee,
            given.burnShareBps,
            given.winProb
        );

        (uint64 genesis, uint32 epochLength, uint32 eraLength) = given.registry.clock();
        CLOCK = Epochs.create(genesis, epochLength, eraLength);
        _checkTimes(given, epochLength);
        redemptionWindow = given.redemptionWindow;
        noticePeriod = given.noticePeriod;
        meanDelayMillis = given.meanDelayMillis;
    }

    /// @inheritdoc IPaymentChannels
    function ticketAmounts() public view override returns (uint128[3] memory) {
        return [AMOUNT_ENTRY, AMOUNT_MIDDLE, AMOUNT_LAST];
    }

    function _checkContracts(Parameters memory given) private {
        if (address(given.token).code.length == 0)
            revert PaymentChannels_NoContract(address(given.token));
        if (address(given.registry).code.length == 0)
            revert PaymentChannels_NoContract(address(given.registry));
        // A token that could not burn would hold every withdrawal up.
        (bool burns, ) = address(given.token).call(abi.encodeCall(IERC20Burnable.burn, (0)));
        if (!burns) revert PaymentChannels_TokenNotBurnable(address(given.token));
    }

    function _checkTimes(Parameters memory given, uint256 epochLength) private view {
        uint32 most = given.registry.settlementWindow();
        if (given.redemptionWindow == 0 || given.redemptionWindow > most)
            revert PaymentChannels_RedemptionWindowOutOfRange(given.redemptionWindow, 1, most);

        uint256 least = (uint256(given.redemptionWindow) + 2) * epochLength + 1;
        if (given.noticePeriod < least || given.noticePeriod > MAX_NOTICE)
            revert PaymentChannels_NoticeOutOfRange(given.noticePeriod, least, MAX_NOTICE);

        uint256 longest = (epochLength * 1_000) / ROUTE_MEANS;
        if (given.meanDelayMillis == 0 || given.meanDelayMillis > longest)
            revert PaymentChannels_DelayOutOfRange(given.meanDelayMillis, 1, longest);
    }
}

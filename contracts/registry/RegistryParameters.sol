// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IRandomnessBeacon} from "../interfaces/IRandomnessBeacon.sol";
import {IRelayRegistry} from "../interfaces/IRelayRegistry.sol";
import {EpochClock, Epochs} from "../libraries/Epochs.sol";

/// @title RegistryParameters
/// @notice What a deployment fixes for ever, checked against each other, and the clock.
abstract contract RegistryParameters is IRelayRegistry {
    /// @dev No parameter may tie a bond up for longer than a year or so.
    uint256 private constant MAX_SPAN = 366 days;

    /// @inheritdoc IRelayRegistry
    IERC20 public immutable token;
    /// @inheritdoc IRelayRegistry
    IRandomnessBeacon public immutable beacon;
    /// @inheritdoc IRelayRegistry
    uint256 public immutable bond;
    /// @inheritdoc IRelayRegistry
    uint32 public immutable settlementWindow;
    /// @inheritdoc IRelayRegistry
    uint32 public immutable unbondingEpochs;
    EpochClock internal immutable CLOCK;

    constructor(Parameters memory p) {
        if (address(p.token).code.length == 0) revert RelayRegistry_NoContract(address(p.token));
        if (address(p.beacon).code.length == 0) revert RelayRegistry_NoContract(address(p.beacon));
        CLOCK = Epochs.create(p.genesis, p.epochLength, p.eraLength);
        (uint64 genesis, uint32 epochLength) = p.beacon.beaconClock();
        if (genesis != p.genesis || epochLength != p.epochLength)
            revert RelayRegistry_BeaconOnOtherClock(genesis, epochLength);

        uint32 longest = uint32(MAX_SPAN / p.epochLength);
        if (p.eraLength > longest) revert RelayRegistry_EraTooLong(p.eraLength, longest);
        if (p.bond == 0) revert RelayRegistry_BondZero();
        if (p.settlementWindow == 0 || p.settlementWindow >= longest)
            revert RelayRegistry_SettlementWindowOutOfRange(p.settlementWindow, 1, longest - 1);
        if (p.unbondingEpochs <= p.settlementWindow || p.unbondingEpochs > longest)
            revert RelayRegistry_UnbondingOutOfRange(
                p.unbondingEpochs,
                p.settlementWindow + 1,
                longest
            );

        token = p.token;
        beacon = p.beacon;
        bond = p.bond;
        settlementWindow = p.settlementWindow;
        unbondingEpochs = p.unbondingEpochs;
    }

    /// @inheritdoc IRelayRegistry
    function clock() external view returns (uint64 genesis, uint32 epochLength, uint32 eraLength) {
        return (CLOCK.genesis(), CLOCK.epochLength(), CLOCK.eraLength());
    }

    /// @inheritdoc IRelayRegistry
    function openEra() public view returns (uint32) {
        return CLOCK.effectiveEra(CLOCK.current());
    }
}

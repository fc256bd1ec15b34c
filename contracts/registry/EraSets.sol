// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRelayRegistry} from "../interfaces/IRelayRegistry.sol";
import {ActiveSet} from "../libraries/ActiveSet.sol";
import {LayerPermutation} from "../libraries/LayerPermutation.sol";
import {RelayId} from "../types/RelayId.sol";
import {RegistryParameters} from "./RegistryParameters.sol";

/// @title EraSets
/// @notice Who is active in which era, in which order, and in which layer.
abstract contract EraSets is IRelayRegistry, RegistryParameters {
    using ActiveSet for ActiveSet.Set;

    uint256 private constant LAYERS = 3;

    /// @dev By serial number; zero is nobody's.
    RelayId[] private _ids = [RelayId.wrap(0)];
    ActiveSet.Set private _active;

    // ---- Sets ----

    /// @inheritdoc IRelayRegistry
    function relayCount(uint32 era) external view returns (uint256) {
        return _active.countIn(era);
    }

    /// @inheritdoc IRelayRegistry
    function relayAt(uint32 era, uint256 position) public view returns (RelayId) {
        uint256 count = _active.countIn(era);
        if (position >= count) revert RelayRegistry_NoSuchPosition(position, count);
        return _ids[_active.memberIn(era, position)];
    }

    /// @inheritdoc IRelayRegistry
    function isActive(uint32 era, RelayId id) external view returns (bool) {
        return _active.placeIn(era, _serialOf(id)) != 0;
    }

    // ---- Layers ----

    /// @inheritdoc IRelayRegistry
    function layerKey(uint32 era) public view returns (bytes32) {
        uint32 first = CLOCK.firstEpochOf(era);
        (uint32 found, bytes32 value) = beacon.firstBeaconFrom(first == 0 ? 0 : first - 1);
        return found < uint256(first) + CLOCK.eraLength() ? value : bytes32(0);
    }

    /// @inheritdoc IRelayRegistry
    function layerOf(uint32 era, RelayId id) external view returns (uint8) {
        uint256 place = _active.placeIn(era, _serialOf(id));
        if (place == 0) revert RelayRegistry_NotActive(id, era);
        bytes32 key = _layerKeyOrRevert(era);
        uint32 count = _active.countIn(era);
        return uint8(LayerPermutation.permute(key, count, place - 1) % LAYERS);
    }

    /// @inheritdoc IRelayRegistry
    function layerSize(uint32 era, uint8 layer) public view returns (uint256) {
        if (layer >= LAYERS) revert RelayRegistry_NoSuchPosition(layer, LAYERS);
        return (_active.countIn(era) + LAYERS - 1 - layer) / LAYERS;
    }

    /// @inheritdoc IRelayRegistry
    function relayInLayer(uint32 era, uint8 layer, uint256 k) external view returns (RelayId) {
        uint256 size = layerSize(era, layer);
        if (k >= size) revert RelayRegistry_NoSuchPosition(k, size);
        bytes32 key = _layerKeyOrRevert(era);
        uint32 count = _active.countIn(era);
        return relayAt(era, LayerPermutation.invert(key, count, layer + LAYERS * k));
    }

    function _layerKeyOrRevert(uint32 era) private view returns (bytes32 key) {
        key = layerKey(era);
        if (key == 0) revert RelayRegistry_EraWithoutLayers(era);
    }

    // ---- Changes ----

    /// @return serial The number under which the sets know the relay; each relay is added once.
    /// @return fromEra The first era whose set it is in.
    function _addToSets(RelayId id) internal returns (uint32 serial, uint32 fromEra) {
        serial = uint32(_ids.length);
        fromEra = openEra();
        _ids.push(id);
        _active.add(fromEra, serial);
    }

    /// @return fromEra The first era whose set the relay is no longer in.
    function _removeFromSets(uint32 serial) internal returns (uint32 fromEra) {
        fromEra = openEra();
        _active.remove(fromEra, serial);
    }

    /// @return Zero for a relay that was never added.
    function _serialOf(RelayId id) internal view virtual returns (uint32);
}

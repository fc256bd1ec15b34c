// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRelayRegistry} from "../interfaces/IRelayRegistry.sol";
import {ActiveSet} from "../libraries/ActiveSet.sol";
import {LayerPermutation} from "../libraries/LayerPermutation.sol";
import {MemberWord, MemberWords} from "../types/MemberWord.sol";
import {RelayId} from "../types/RelayId.sol";
import {RegistryParameters} from "./RegistryParameters.sol";

/// @title EraSets
/// @notice Who is active in which era, in which order, and in which layer.
abstract contract EraSets is IRelayRegistry, RegistryParameters {
    using ActiveSet for ActiveSet.Set;

    uint256 internal constant LAYERS = 3;

    /// @dev Serial numbers start at 1; zero is nobody's.
    mapping(uint32 serial => MemberWord member) internal _members;
    uint32 private _lastSerial;
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
        return _relayAt(era, position);
    }

    /// @inheritdoc IRelayRegistry
    function isActive(uint32 era, RelayId id) public view returns (bool) {
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
    function layerSize(uint32 era, uint8 layer) external view returns (uint256) {
        if (layer >= LAYERS) revert RelayRegistry_NoSuchPosition(layer, LAYERS);
        return _layerSize(_active.countIn(era), layer);
    }

    /// @inheritdoc IRelayRegistry
    function relayInLayer(uint32 era, uint8 layer, uint256 k) external view returns (RelayId) {
        if (layer >= LAYERS) revert RelayRegistry_NoSuchPosition(layer, LAYERS);
        uint32 count = _active.countIn(era);
        uint256 size = _layerSize(count, layer);
        if (k >= size) revert RelayRegistry_NoSuchPosition(k, size);
        return _memberInLayer(era, _layerKeyOrRevert(era), count, layer, k).id();
    }

    function _countIn(uint32 era) internal view returns (uint32) {
        return _active.countIn(era);
    }

    /// @dev `position` must be below the era's count.
    function _relayAt(uint32 era, uint256 position) internal view returns (RelayId) {
        return _memberAt(era, position).id();
    }

    /// @dev `position` must be below the era's count.
    function _memberAt(uint32 era, uint256 position) internal view returns (MemberWord) {
        return _members[_active.memberIn(era, position)];
    }

    function _layerKeyOrRevert(uint32 era) internal view returns (bytes32 key) {
        key = layerKey(era);
        if (key == 0) revert RelayRegistry_EraWithoutLayers(era);
    }

    function _layerSize(uint256 count, uint256 layer) internal pure returns (uint256) {
        return (count + LAYERS - 1 - layer) / LAYERS;
    }

    /// @dev `count` relays are ordered by `key`; `k` must be below the layer's size.
    function _memberInLayer(
        uint32 era,
        bytes32 key,
        uint32 count,
        uint256 layer,
        uint256 k
    ) internal view returns (MemberWord) {
        return _memberAt(era, LayerPermutation.invert(key, count, layer + LAYERS * k));
    }

    // ---- Changes ----

    /// @return serial The number under which the sets know the relay; each relay gets one, once.
    function _number(RelayId id) internal returns (uint32 serial) {
        serial = ++_lastSerial;
        _members[serial] = MemberWords.make(id);
    }

    /// @dev The relay must not be in the latest set.
    /// @return fromEra The first era whose set the relay is in.
    function _addToSets(uint32 serial) internal returns (uint32 fromEra) {
        fromEra = openEra();
        _active.add(fromEra, serial);
    }

    /// @dev The relay must be in the latest set.
    /// @return fromEra The first era whose set the relay is no longer in.
    function _removeFromSets(uint32 serial) internal returns (uint32 fromEra) {
        fromEra = openEra();
        _active.remove(fromEra, serial);
    }

    /// @return Zero for a relay that was never numbered.
    function _serialOf(RelayId id) internal view virtual returns (uint32);
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRelayRegistry} from "../interfaces/IRelayRegistry.sol";
import {RelayKeys} from "../libraries/RelayKeys.sol";
import {Secp256k1} from "../libraries/Secp256k1.sol";
import {MemberWord} from "../types/MemberWord.sol";
import {RelayId} from "../types/RelayId.sol";
import {EraSets} from "./EraSets.sol";

/// @title RelayRecords
/// @notice What the registry keeps of each relay, and who may act for it.
abstract contract RelayRecords is EraSets {
    /// @dev `nextX` is in force from the epoch in the relay's `MemberWord` on, `previousX` before. Of packet
    /// keys only x is kept here, and of y whether it is odd in that word. `agentAndKey` repeats agent and VRF
    /// key as one hash, so that a redemption reads one slot.
    struct Relay {
        address owner;
        uint32 serial;
        uint32 bondFreeEpoch;
        Status status;
        address agent;
        uint32 jailedFromEra;
        address earningsRecipient;
        address proposedRecipient;
        bytes32 vrfKeyHash;
        bytes32 agentAndKey;
        uint256 previousX;
        uint256 nextX;
    }

    mapping(RelayId id => Relay relay) internal _relays;

    modifier onlyOwner(RelayId id) {
        address owner = _relays[id].owner;
        if (msg.sender != owner) revert RelayRegistry_NotOwner(msg.sender, owner);
        _;
    }

    modifier onlyOwnerOrAgent(RelayId id) {
        Relay storage relay = _relays[id];
        if (msg.sender != relay.owner && msg.sender != relay.agent)
            revert RelayRegistry_NotOwnerOrAgent(msg.sender);
        _;
    }

    /// @inheritdoc IRelayRegistry
    function relayIdOf(address owner, uint256 vrfX, uint256 vrfY) public view returns (RelayId) {
        return RelayKeys.idOf(address(this), owner, vrfX, vrfY);
    }

    /// @inheritdoc IRelayRegistry
    function statusOf(RelayId id) external view returns (Status) {
        return _relays[id].status;
    }

    /// @inheritdoc IRelayRegistry
    function redemptionInfo(
        RelayId id
    ) external view returns (address owner, address agent, bytes32 vrfKeyHash) {
        Relay storage relay = _relays[id];
        return (relay.owner, relay.agent, relay.vrfKeyHash);
    }

    /// @inheritdoc IRelayRegistry
    function allowsRedeemer(
        RelayId id,
        address account,
        bytes32 vrfKeyHash
    ) external view returns (bool) {
        Relay storage relay = _relays[id];
        if (relay.agentAndKey == _agentAndKey(account, vrfKeyHash)) return true;
        return relay.owner == account && relay.vrfKeyHash == vrfKeyHash && vrfKeyHash != 0;
    }

    /// @inheritdoc IRelayRegistry
    function redeemerInfo(
        RelayId id,
        address account
    ) external view returns (bool allowed, bytes32 vrfKeyHash) {
        Relay storage relay = _relays[id];
        allowed = account == relay.agent || account == relay.owner;
        return (allowed, relay.vrfKeyHash);
    }

    /// @inheritdoc IRelayRegistry
    function isOwnerOrAgent(RelayId id, address account) external view returns (bool) {
        Relay storage relay = _relays[id];
        return account == relay.agent || account == relay.owner;
    }

    /// @inheritdoc IRelayRegistry
    function earningsRecipient(RelayId id) external view returns (address) {
        return _relays[id].earningsRecipient;
    }

    /// @inheritdoc IRelayRegistry
    function proposedEarningsRecipient(RelayId id) external view returns (address) {
        return _relays[id].proposedRecipient;
    }

    /// @inheritdoc IRelayRegistry
    function packetKeyAt(RelayId id, uint32 epoch) external view returns (uint256 x, uint256 y) {
        uint256 parity;
        (x, parity) = _packetKeyIn(id, _members[_serialOf(id)], epoch);
        return x == 0 ? (0, 0) : (x, Secp256k1.ordinateOf(x, parity == 1));
    }

    /// @inheritdoc IRelayRegistry
    function bondFreeEpoch(RelayId id) external view returns (uint32) {
        return _relays[id].bondFreeEpoch;
    }

    /// @param member What the sets keep of the relay.
    /// @return x x of the packet key in force in `epoch`; zero before a relay has joined.
    /// @return parity 1 when its y is odd, else 0.
    function _packetKeyIn(
        RelayId id,
        MemberWord member,
        uint32 epoch
    ) internal view returns (uint256 x, uint256 parity) {
        Relay storage relay = _relays[id];
        bool previous = epoch < member.keyFromEpoch();
        return (previous ? relay.previousX : relay.nextX, member.parity(previous));
    }

    /// @dev The next key becomes the previous one, and this one the next.
    function _setNextPacketKey(
        Relay storage relay,
        uint256 x,
        uint256 y,
        uint32 fromEpoch
    ) internal {
        relay.previousX = relay.nextX;
        relay.nextX = x;
        _members[relay.serial] = _members[relay.serial].withKey(y, fromEpoch);
    }

    /// @dev For a relay that is joined or jailed.
    function _leave(RelayId id) internal {
        Relay storage relay = _relays[id];
        // Whoever is in jail is in no set from some era on that is fixed or about to be.
        uint32 fromEra = relay.status == Status.Joined ? _removeFromSets(relay.serial) : openEra();
        uint32 freeEpoch = CLOCK.firstEpochOf(fromEra) + unbondingEpochs;
        relay.status = Status.Leaving;
        relay.bondFreeEpoch = freeEpoch;
        emit RelayLeft(id, fromEra, freeEpoch);
    }

    /// @dev Check: the relay is joined or jailed.
    function _checkStays(RelayId id) internal view {
        Status status = _relays[id].status;
        if (status != Status.Joined && status != Status.Jailed)
            revert RelayRegistry_WrongStatus(id, status, Status.Joined);
    }

    function _serialOf(RelayId id) internal view override returns (uint32) {
        return _relays[id].serial;
    }

    function _agentAndKey(address agent, bytes32 vrfKeyHash) internal pure returns (bytes32) {
        return keccak256(abi.encode(agent, vrfKeyHash));
    }
}

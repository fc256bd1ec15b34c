// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {IRandomnessBeacon} from "./interfaces/IRandomnessBeacon.sol";
import {IRelayRegistry} from "./interfaces/IRelayRegistry.sol";
import {ActiveSet} from "./libraries/ActiveSet.sol";
import {EpochClock, Epochs} from "./libraries/Epochs.sol";
import {LayerPermutation} from "./libraries/LayerPermutation.sol";
import {RelayKeys} from "./libraries/RelayKeys.sol";
import {RelayId} from "./types/RelayId.sol";

/// @title RelayRegistry
/// @dev Documented in IRelayRegistry.
contract RelayRegistry is IRelayRegistry, ReentrancyGuardTransient {
    using ActiveSet for ActiveSet.Set;
    using SafeERC20 for IERC20;

    struct PacketKey {
        uint256 x;
        uint256 y;
    }

    /// @dev `next` is in force from `nextFromEpoch` on, `previous` before.
    struct Relay {
        address owner;
        uint32 serial;
        uint32 bondFreeEpoch;
        Status status;
        address agent;
        uint32 nextFromEpoch;
        address earningsRecipient;
        address proposedRecipient;
        bytes32 vrfKeyHash;
        PacketKey previous;
        PacketKey next;
    }

    uint256 private constant LAYERS = 3;
    uint256 private constant MAX_MULTIADDR = 512;
    /// @dev No parameter may tie a bond up for longer than a year or so.
    uint256 private constant MAX_SPAN = 366 days;
    /// @dev Epochs between asking for a packet key change and its taking effect.
    uint32 private constant ROTATION_LEAD = 2;

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
    EpochClock private immutable CLOCK;

    /// @inheritdoc IRelayRegistry
    uint256 public bondedRelays;
    mapping(RelayId id => Relay relay) private _relays;
    mapping(bytes32 vrfKeyHash => RelayId id) private _relayOfVrfKey;
    /// @dev By serial number; zero is nobody's.
    RelayId[] private _ids;
    ActiveSet.Set private _active;

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
        _ids.push();
    }

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

    // ---- What a relay does ----

    /// @inheritdoc IRelayRegistry
    function join(JoinRequest calldata request) external nonReentrant returns (RelayId id) {
        // Check:
        if (request.agent == address(0) || request.earningsRecipient == address(0))
            revert RelayRegistry_ZeroAddress();
        _checkMultiaddr(request.multiaddr);
        RelayKeys.checkPacketKey(request.packetX, request.packetY);
        bytes32 vrfKeyHash = RelayKeys.hashOf(request.vrfX, request.vrfY);
        RelayId taken = _relayOfVrfKey[vrfKeyHash];
        if (taken != RelayId.wrap(0)) revert RelayRegistry_VrfKeyTaken(taken);
        id = relayIdOf(msg.sender, request.vrfX, request.vrfY);
        RelayKeys.checkPossession(id, request.vrfX, request.vrfY, request.possession);

        // Effect:
        uint32 fromEra = openEra();
        Relay storage relay = _relays[id];
        relay.owner = msg.sender;
        relay.serial = uint32(_ids.length);
        relay.status = Status.Joined;
        relay.agent = request.agent;
        relay.earningsRecipient = request.earningsRecipient;
        relay.vrfKeyHash = vrfKeyHash;
        relay.next = PacketKey(request.packetX, request.packetY);
        _relayOfVrfKey[vrfKeyHash] = id;
        _active.add(fromEra, relay.serial);
        _ids.push(id);
        ++bondedRelays;
        emit RelayJoined(
            id,
            msg.sender,
            request.agent,
            request.earningsRecipient,
            request.vrfX,
            request.vrfY,
            fromEra
        );
        emit PacketKeyChanged(id, request.packetX, request.packetY, 0);
        emit Announced(id, request.multiaddr);

        // Interaction:
        uint256 held = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), bond);
        uint256 arrived = token.balanceOf(address(this)) - held;
        if (arrived < bond) revert RelayRegistry_BondShort(arrived, bond);
    }

    /// @inheritdoc IRelayRegistry
    function announce(RelayId id, string calldata multiaddr) external onlyOwnerOrAgent(id) {
        _checkBonded(id);
        _checkMultiaddr(multiaddr);
        emit Announced(id, multiaddr);
    }

    /// @inheritdoc IRelayRegistry
    function rotatePacketKey(RelayId id, uint256 x, uint256 y) external onlyOwnerOrAgent(id) {
        _checkBonded(id);
        RelayKeys.checkPacketKey(x, y);
        Relay storage relay = _relays[id];
        uint32 epoch = CLOCK.current();
        uint32 fromEpoch = relay.nextFromEpoch;
        // The previous key was last in force in fromEpoch - 1, which matters for a window more.
        if (fromEpoch != 0 && epoch < fromEpoch + settlementWindow)
            revert RelayRegistry_RotationTooEarly(epoch, fromEpoch + settlementWindow);

        fromEpoch = epoch + ROTATION_LEAD;
        relay.previous = relay.next;
        relay.next = PacketKey(x, y);
        relay.nextFromEpoch = fromEpoch;
        emit PacketKeyChanged(id, x, y, fromEpoch);
    }

    /// @inheritdoc IRelayRegistry
    function changeAgent(RelayId id, address agent) external onlyOwner(id) {
        if (agent == address(0)) revert RelayRegistry_ZeroAddress();
        _relays[id].agent = agent;
        emit AgentChanged(id, agent);
    }

    /// @inheritdoc IRelayRegistry
    function proposeEarningsRecipient(RelayId id, address proposed) external onlyOwner(id) {
        _relays[id].proposedRecipient = proposed;
        emit EarningsRecipientProposed(id, proposed);
    }

    /// @inheritdoc IRelayRegistry
    function acceptEarningsRecipient(RelayId id) external {
        Relay storage relay = _relays[id];
        address proposed = relay.proposedRecipient;
        if (msg.sender != proposed) revert RelayRegistry_NotProposedRecipient(msg.sender, proposed);
        relay.earningsRecipient = proposed;
        relay.proposedRecipient = address(0);
        emit EarningsRecipientChanged(id, proposed);
    }

    /// @inheritdoc IRelayRegistry
    function startLeaving(RelayId id) external onlyOwner(id) {
        Relay storage relay = _relays[id];
        if (relay.status != Status.Joined)
            revert RelayRegistry_WrongStatus(id, relay.status, Status.Joined);
        uint32 fromEra = openEra();
        uint32 freeEpoch = CLOCK.firstEpochOf(fromEra) + unbondingEpochs;
        relay.status = Status.Leaving;
        relay.bondFreeEpoch = freeEpoch;
        _active.remove(fromEra, relay.serial);
        emit RelayLeft(id, fromEra, freeEpoch);
    }

    /// @inheritdoc IRelayRegistry
    function withdrawBond(RelayId id) external nonReentrant onlyOwner(id) {
        Relay storage relay = _relays[id];
        if (relay.status != Status.Leaving)
            revert RelayRegistry_WrongStatus(id, relay.status, Status.Leaving);
        uint32 epoch = CLOCK.current();
        if (epoch < relay.bondFreeEpoch)
            revert RelayRegistry_StillUnbonding(epoch, relay.bondFreeEpoch);
        uint256 held = token.balanceOf(address(this));
        if (held < bond) revert RelayRegistry_TokensMissing(held, bond);

        relay.status = Status.Withdrawn;
        --bondedRelays;
        emit BondWithdrawn(id, msg.sender, bond);
        token.safeTransfer(msg.sender, bond);
    }

    // ---- Parameters ----

    /// @inheritdoc IRelayRegistry
    function clock() external view returns (uint64 genesis, uint32 epochLength, uint32 eraLength) {
        return (CLOCK.genesis(), CLOCK.epochLength(), CLOCK.eraLength());
    }

    // ---- One relay ----

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
    function redeemerInfo(
        RelayId id,
        address account
    ) external view returns (bool allowed, bytes32 vrfKeyHash) {
        Relay storage relay = _relays[id];
        allowed = account == relay.agent || account == relay.owner;
        return (allowed, relay.vrfKeyHash);
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
        Relay storage relay = _relays[id];
        PacketKey storage key = epoch < relay.nextFromEpoch ? relay.previous : relay.next;
        return (key.x, key.y);
    }

    /// @inheritdoc IRelayRegistry
    function bondFreeEpoch(RelayId id) external view returns (uint32) {
        return _relays[id].bondFreeEpoch;
    }

    // ---- The active set of an era ----

    /// @inheritdoc IRelayRegistry
    function openEra() public view returns (uint32) {
        return CLOCK.effectiveEra(CLOCK.current());
    }

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
        return _active.placeIn(era, _relays[id].serial) != 0;
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
        uint256 place = _active.placeIn(era, _relays[id].serial);
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

    function _checkMultiaddr(string calldata multiaddr) private pure {
        uint256 length = bytes(multiaddr).length;
        if (length == 0 || length > MAX_MULTIADDR)
            revert RelayRegistry_MultiaddrLength(length, MAX_MULTIADDR);
    }

    function _checkBonded(RelayId id) private view {
        Status status = _relays[id].status;
        if (status == Status.Withdrawn) revert RelayRegistry_WrongStatus(id, status, Status.Joined);
    }
}

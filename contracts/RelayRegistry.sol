// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {IRelayRegistry} from "./interfaces/IRelayRegistry.sol";
import {RelayKeys} from "./libraries/RelayKeys.sol";
import {CoverRoutes} from "./registry/CoverRoutes.sol";
import {Exclusion} from "./registry/Exclusion.sol";
import {RegistryParameters} from "./registry/RegistryParameters.sol";
import {RelayId} from "./types/RelayId.sol";

/// @title RelayRegistry
/// @dev Documented in IRelayRegistry.
contract RelayRegistry is CoverRoutes, Exclusion, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    uint256 private constant MAX_MULTIADDR = 512;
    /// @dev Epochs between asking for a packet key change and its taking effect.
    uint32 private constant ROTATION_LEAD = 2;

    /// @inheritdoc IRelayRegistry
    uint256 public bondedRelays;
    mapping(bytes32 vrfKeyHash => RelayId id) private _relayOfVrfKey;

    constructor(Parameters memory given) RegistryParameters(given) {}

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
        uint32 serial = _number(id);
        uint32 fromEra = _addToSets(serial);
        Relay storage relay = _relays[id];
        relay.owner = msg.sender;
        relay.serial = serial;
        relay.status = Status.Joined;
        relay.agent = request.agent;
        relay.earningsRecipient = request.earningsRecipient;
        relay.vrfKeyHash = vrfKeyHash;
        relay.agentAndKey = _agentAndKey(request.agent, vrfKeyHash);
        _setNextPacketKey(relay, request.packetX, request.packetY, 0);
        _relayOfVrfKey[vrfKeyHash] = id;
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
        uint32 fromEpoch = _members[relay.serial].keyFromEpoch();
        // The previous key was last in force in fromEpoch - 1, which matters for a window more.
        if (fromEpoch != 0 && epoch < fromEpoch + settlementWindow)
            revert RelayRegistry_RotationTooEarly(epoch, fromEpoch + settlementWindow);

        fromEpoch = epoch + ROTATION_LEAD;
        _setNextPacketKey(relay, x, y, fromEpoch);
        emit PacketKeyChanged(id, x, y, fromEpoch);
    }

    /// @inheritdoc IRelayRegistry
    function changeAgent(RelayId id, address agent) external onlyOwner(id) {
        if (agent == address(0)) revert RelayRegistry_ZeroAddress();
        Relay storage relay = _relays[id];
        relay.agent = agent;
        relay.agentAndKey = _agentAndKey(agent, relay.vrfKeyHash);
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
        _checkStays(id);
        _leave(id);
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

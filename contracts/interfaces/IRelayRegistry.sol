// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {RelayId} from "../types/RelayId.sol";
import {IExclusion} from "./IExclusion.sol";
import {IRandomnessBeacon} from "./IRandomnessBeacon.sol";

/// @title IRelayRegistry
/// @notice Bonds, keys, the active set of every era and its layers (protocol sections 1 and 2). How relays
/// are excluded: `IExclusion`.
/// @dev One relay is one bond of fixed size and one VRF key, registered once and for ever. Nobody owns
/// the registry: no call pauses it, changes a parameter, or moves a bond to anyone but its owner. Its
/// deployer has one call more than others, once: it names the lottery.
///
/// Three accounts belong to a relay. The owner (a contract, if it likes) joined it, may do everything and
/// gets the bond back. The agent is the hot key of the relay's process: it may announce addresses and
/// rotate the packet key here, and redeem elsewhere; it moves no money out. The earnings recipient is
/// where earnings go.
///
/// Joins, leaves, jails and returns of epoch e count from the first era that starts at e + 2 or later, so that the
/// set of an era is fixed before the randomness that orders it exists. Until then what is said about
/// that era, and about later ones, is provisional.
interface IRelayRegistry is IExclusion {
    enum Status {
        /// Never joined.
        None,
        /// Bonded; active from the era of its join or return.
        Joined,
        /// Bonded; not active from the era of its leave.
        Leaving,
        /// The bond is back with the owner.
        Withdrawn,
        /// Bonded; not active from the era of its jailing until it returns.
        Jailed
    }

    /// @param token What bonds are paid in. Fee-on-transfer tokens are refused at the first join.
    /// @param beacon Where the layers' keys come from; must run on the same clock.
    /// @param genesis First second of epoch 0, in Unix time.
    /// @param epochLength Seconds in an epoch.
    /// @param eraLength Epochs in an era.
    /// @param bond Size of every bond, in the token's smallest unit.
    /// @param settlementWindow Epochs after e in which what happened in e can still be redeemed or claimed.
    /// @param unbondingEpochs Epochs from the era in which a relay is active no more until its bond is free.
    struct Parameters {
        IERC20 token;
        IRandomnessBeacon beacon;
        uint64 genesis;
        uint32 epochLength;
        uint32 eraLength;
        uint128 bond;
        uint32 settlementWindow;
        uint32 unbondingEpochs;
    }

    /// @param agent Hot key of the relay's process.
    /// @param earningsRecipient Where earnings go.
    /// @param vrfX x of the VRF key, below the order of the curve.
    /// @param vrfY y of the VRF key.
    /// @param packetX x of the first packet key.
    /// @param packetY y of the first packet key.
    /// @param multiaddr Where the relay can be dialled; should end in /p2p/ and the peer id.
    /// @param possession VRF proof over "waybill possession" and the relay id, as `ECVRF` takes it.
    struct JoinRequest {
        address agent;
        address earningsRecipient;
        uint256 vrfX;
        uint256 vrfY;
        uint256 packetX;
        uint256 packetY;
        string multiaddr;
        bytes possession;
    }

    /// @notice A relay joined; it is active from `fromEra` on.
    event RelayJoined(
        RelayId indexed id,
        address indexed owner,
        address agent,
        address earningsRecipient,
        uint256 vrfX,
        uint256 vrfY,
        uint32 fromEra
    );
    /// @notice The relay's packet key from `fromEpoch` on. The first one of a relay says epoch 0.
    event PacketKeyChanged(RelayId indexed id, uint256 x, uint256 y, uint32 fromEpoch);
    event Announced(RelayId indexed id, string multiaddr);
    event AgentChanged(RelayId indexed id, address agent);
    event EarningsRecipientProposed(RelayId indexed id, address proposed);
    event EarningsRecipientChanged(RelayId indexed id, address earningsRecipient);
    /// @notice The relay is active no more from `fromEra` on; its bond is free from `bondFreeEpoch` on.
    event RelayLeft(RelayId indexed id, uint32 fromEra, uint32 bondFreeEpoch);
    event BondWithdrawn(RelayId indexed id, address indexed owner, uint256 amount);

    /// @notice No contract at the address given for the token or the beacon.
    error RelayRegistry_NoContract(address got);
    /// @notice The beacon counts other epochs than the registry.
    error RelayRegistry_BeaconOnOtherClock(uint64 genesis, uint32 epochLength);
    error RelayRegistry_BondZero();
    error RelayRegistry_SettlementWindowOutOfRange(uint32 got, uint32 least, uint32 most);
    /// @notice Unbonding must outlast the settlement window and stay within its bound.
    error RelayRegistry_UnbondingOutOfRange(uint32 got, uint32 least, uint32 most);
    error RelayRegistry_EraTooLong(uint256 got, uint256 limit);

    error RelayRegistry_NotOwner(address got, address owner);
    error RelayRegistry_NotOwnerOrAgent(address got);
    error RelayRegistry_NotProposedRecipient(address got, address proposed);
    /// @notice The relay is not in the state that the call needs.
    error RelayRegistry_WrongStatus(RelayId id, Status got, Status needed);
    error RelayRegistry_ZeroAddress();
    error RelayRegistry_VrfKeyInvalid(uint256 x, uint256 y);
    error RelayRegistry_PacketKeyInvalid(uint256 x, uint256 y);
    /// @notice VRF keys are used once and for ever, also after their relay has left.
    error RelayRegistry_VrfKeyTaken(RelayId by);
    error RelayRegistry_MultiaddrLength(uint256 got, uint256 limit);
    /// @notice Fewer tokens arrived than a bond.
    error RelayRegistry_BondShort(uint256 got, uint256 bond);
    /// @notice The registry holds fewer tokens than a bond: the token took some away.
    error RelayRegistry_TokensMissing(uint256 held, uint256 bond);
    error RelayRegistry_StillUnbonding(uint32 epoch, uint32 freeEpoch);
    /// @notice The packet key before the present one still matters to a window.
    error RelayRegistry_RotationTooEarly(uint32 epoch, uint32 allowedFrom);
    error RelayRegistry_NoSuchPosition(uint256 got, uint256 limit);
    error RelayRegistry_NotActive(RelayId id, uint32 era);
    /// @notice The era has too few relays for cover traffic.
    error RelayRegistry_TooFewRelays(uint256 got, uint256 least);
    /// @notice No beacon has come yet that could order the era.
    error RelayRegistry_EraWithoutLayers(uint32 era);

    // ---- What a relay does ----

    /// @notice Bonds a relay for the caller, who becomes its owner and must have approved the bond.
    /// @return id Identity of the relay, see `relayIdOf`.
    function join(JoinRequest calldata request) external returns (RelayId id);

    /// @notice Publishes where the relay can be dialled. Owner or agent, until the bond is withdrawn.
    function announce(RelayId id, string calldata multiaddr) external;

    /// @notice Schedules a new packet key, in force two epochs ahead. Owner or agent, until the bond is
    /// withdrawn. Refused while the key before the present one still matters to a window.
    function rotatePacketKey(RelayId id, uint256 x, uint256 y) external;

    /// @notice Replaces the hot key at once. Owner only.
    function changeAgent(RelayId id, address agent) external;

    /// @notice Proposes where earnings shall go; nothing changes until that account accepts. Owner only.
    /// A new proposal replaces the last one; proposing zero takes it back.
    function proposeEarningsRecipient(RelayId id, address proposed) external;

    /// @notice Accepts to receive the relay's earnings. The proposed account only.
    function acceptEarningsRecipient(RelayId id) external;

    /// @notice Ends the relay's activity with the next era to be fixed. Owner only, also out of jail;
    /// cannot be undone.
    function startLeaving(RelayId id) external;

    /// @notice Pays the bond back to the owner once it is free. Owner only.
    function withdrawBond(RelayId id) external;

    // ---- Parameters ----

    function token() external view returns (IERC20);

    function beacon() external view returns (IRandomnessBeacon);

    /// @return genesis First second of epoch 0, in Unix time.
    /// @return epochLength Seconds in an epoch.
    /// @return eraLength Epochs in an era.
    function clock() external view returns (uint64 genesis, uint32 epochLength, uint32 eraLength);

    function bond() external view returns (uint256);

    /// @return Epochs after e in which what happened in e can still matter. Whoever pays for past epochs
    /// must stay within it.
    function settlementWindow() external view returns (uint32);

    function unbondingEpochs() external view returns (uint32);

    // ---- One relay ----

    /// @return How many bonds the registry holds.
    function bondedRelays() external view returns (uint256);

    /// @return First 27 bytes of keccak("waybill relay" ‖ chainid ‖ this registry ‖ owner ‖ x ‖ y), and five zeros.
    function relayIdOf(address owner, uint256 vrfX, uint256 vrfY) external view returns (RelayId);

    function statusOf(RelayId id) external view returns (Status);

    /// @notice What redemption needs, in one call. All zero for a relay that never joined.
    /// @return owner The relay's owner.
    /// @return agent Its hot key.
    /// @return vrfKeyHash keccak(x ‖ y) of its VRF key.
    function redemptionInfo(
        RelayId id
    ) external view returns (address owner, address agent, bytes32 vrfKeyHash);

    /// @return Whether `account` is the relay's agent or its owner, and keccak(x ‖ y) of its VRF key is
    /// `vrfKeyHash`. One storage read for the agent, who redeems most often; three for the owner.
    function allowsRedeemer(
        RelayId id,
        address account,
        bytes32 vrfKeyHash
    ) external view returns (bool);

    /// @notice The two halves of `allowsRedeemer`, one by one.
    /// @return allowed Whether `account` is the relay's agent or its owner.
    /// @return vrfKeyHash keccak(x ‖ y) of its VRF key.
    function redeemerInfo(
        RelayId id,
        address account
    ) external view returns (bool allowed, bytes32 vrfKeyHash);

    /// @return Whether `account` is the relay's agent or its owner. One storage read for the agent.
    function isOwnerOrAgent(RelayId id, address account) external view returns (bool);

    function earningsRecipient(RelayId id) external view returns (address);

    /// @return The account that may accept to receive the relay's earnings, or zero.
    function proposedEarningsRecipient(RelayId id) external view returns (address);

    /// @notice The packet key in force in `epoch`. Exact for every epoch that can still matter to a
    /// window, and for the two ahead.
    function packetKeyAt(RelayId id, uint32 epoch) external view returns (uint256 x, uint256 y);

    /// @return The epoch from which the bond of a leaving relay can be withdrawn.
    function bondFreeEpoch(RelayId id) external view returns (uint32);

    // ---- The active set of an era ----

    /// @return The first era whose set can still change.
    function openEra() external view returns (uint32);

    /// @return Number N of active relays of `era`.
    function relayCount(uint32 era) external view returns (uint256);

    /// @return The relay at `position` of the era's set, 0 ≤ position < N.
    function relayAt(uint32 era, uint256 position) external view returns (RelayId);

    function isActive(uint32 era, RelayId id) external view returns (bool);

    // ---- Layers ----

    /// @return The value that orders the era: the first beacon that came for the epoch before the era
    /// or one of its own; zero until then, and for ever when none came before the era was over.
    function layerKey(uint32 era) external view returns (bytes32);

    /// @return 0, 1 or 2. Reverts for a relay that is not active, and while the era has no layers.
    function layerOf(uint32 era, RelayId id) external view returns (uint8);

    /// @return Number of relays of a layer; meaningful before the key is known, too.
    function layerSize(uint32 era, uint8 layer) external view returns (uint256);

    /// @return The k-th relay of `layer`, 0 ≤ k < `layerSize`.
    function relayInLayer(uint32 era, uint8 layer, uint256 k) external view returns (RelayId);

    // ---- What the lottery asks for each claim ----

    /// @notice `relayAt`, and what a VRF proof of that relay is checked against.
    /// @return id The relay at `position` of the era's set, 0 ≤ position < N.
    /// @return vrfKeyHash keccak(x ‖ y) of its VRF key.
    function memberAt(
        uint32 era,
        uint256 position
    ) external view returns (RelayId id, bytes32 vrfKeyHash);

    /// @notice The route of a cover packet of `epoch` (protocol section 10). Reverts in eras with fewer than
    /// six relays or without layers.
    /// @param sender Sends the packet, and is left out of the route: where it is picked, the next relay of
    /// the layer is meant.
    /// @param picks Which relay of layer 0, 1 and 2, modulo the size of the layer.
    /// @return ids The relays, in the order in which the packet passes them.
    /// @return keyX x of their packet keys in force in `epoch`.
    /// @return parities Bit l is set when y of the l-th key is odd.
    function coverRoute(
        uint32 epoch,
        RelayId sender,
        uint256[3] calldata picks
    ) external view returns (RelayId[3] memory ids, uint256[3] memory keyX, uint256 parities);
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RelayRegistry} from "../../../contracts/RelayRegistry.sol";
import {IRelayRegistry} from "../../../contracts/interfaces/IRelayRegistry.sol";
import {WaybillToken} from "../../../contracts/token/WaybillToken.sol";
import {RelayId} from "../../../contracts/types/RelayId.sol";
import {CurvePoints} from "../support/CurvePoints.sol";
import {VrfProver} from "../support/VrfProver.sol";

interface Vm {
    function prank(address sender) external;
    function roll(uint256 number) external;
    function warp(uint256 time) external;
}

/// @title RegistryModel
/// @notice Does random things to a registry and keeps, in plain lists, what should come of them. Each
/// action predicts whether the registry takes it and fails when it decides otherwise.
contract RegistryModel {
    Vm internal constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    uint256 private constant MOST_RELAYS = 12;

    struct Key {
        uint32 fromEpoch;
        uint256 x;
        uint256 y;
    }

    struct Modelled {
        RelayId id;
        address owner;
        IRelayRegistry.Status status;
        uint32 bondFreeEpoch;
        uint32 jailedFromEra;
    }

    RelayRegistry public immutable registry;
    WaybillToken public immutable token;
    uint64 internal immutable GENESIS;
    uint32 internal immutable EPOCH_LENGTH;
    uint32 internal immutable ERA_LENGTH;

    Modelled[] internal _relays;
    mapping(RelayId id => Key[] history) private _keys;
    /// @dev The open era's set, and the sets of all eras before.
    RelayId[] private _open;
    RelayId[][] private _closed;
    uint256 public donated;
    mapping(bytes32 vote => bool given) private _voted;
    mapping(bytes32 ballot => uint256 votes) private _votes;

    constructor(RelayRegistry registry_, WaybillToken token_) {
        registry = registry_;
        token = token_;
        (GENESIS, EPOCH_LENGTH, ERA_LENGTH) = registry_.clock();
        _closeEras();
    }

    // ---- Actions ----

    function join(uint8 ownerSeed) external {
        if (_relays.length == MOST_RELAYS) return;
        address owner = address(uint160(0x1000 + (ownerSeed % 4)));
        uint256 secret = 2 + _relays.length;
        CurvePoints.Point memory key = VrfProver.publicKey(secret);
        RelayId id = registry.relayIdOf(owner, key.x, key.y);
        IRelayRegistry.JoinRequest memory request = IRelayRegistry.JoinRequest({
            agent: address(this),
            earningsRecipient: owner,
            vrfX: key.x,
            vrfY: key.y,
            packetX: key.x,
            packetY: key.y,
            multiaddr: "/ip4/127.0.0.1/tcp/1",
            possession: VrfProver.prove(
                secret,
                1 + secret,
                abi.encodePacked("waybill possession", id)
            )
        });

        token.transfer(owner, registry.bond());
        VM.prank(owner);
        token.approve(address(registry), type(uint256).max);
        VM.prank(owner);
        assert(registry.join(request) == id);

        _relays.push(Modelled(id, owner, IRelayRegistry.Status.Joined, 0, 0));
        _keys[id].push(Key(0, key.x, key.y));
        _open.push(id);
    }

    function startLeaving(uint8 pick) external {
        if (_relays.length == 0 || !_mayShrink()) return;
        Modelled storage relay = _relays[pick % _relays.length];
        bool allowed = _stays(relay);

        VM.prank(relay.owner);
        try registry.startLeaving(relay.id) {
            assert(allowed);
            _leaves(relay);
        } catch {
            assert(!allowed);
        }
    }

    function returnFromJail(uint8 pick, bool asAgent) external {
        if (_relays.length == 0) return;
        Modelled storage relay = _relays[pick % _relays.length];
        bool allowed =
            relay.status == IRelayRegistry.Status.Jailed && _closed.length > relay.jailedFromEra;

        VM.prank(asAgent ? address(this) : relay.owner);
        try registry.returnFromJail(relay.id) {
            assert(allowed);
            relay.status = IRelayRegistry.Status.Joined;
            _open.push(relay.id);
        } catch {
            assert(!allowed);
        }
    }

    /// @notice Some relays vote against one, each of them once more than it may now and then.
    function vote(uint8 against, uint8 first, uint8 voters) external {
        if (_relays.length == 0 || !_mayShrink()) return;
        Modelled storage target = _relays[against % _relays.length];
        for (uint256 i = 0; i <= voters % MOST_RELAYS; ++i)
            _vote(_relays[(uint256(first) + i) % _relays.length], target);
    }

    function withdrawBond(uint8 pick) external {
        if (_relays.length > 0) _withdrawBond(_relays[pick % _relays.length]);
    }

    function _withdrawBond(Modelled storage relay) internal {
        bool allowed =
            relay.status == IRelayRegistry.Status.Leaving && epoch() >= relay.bondFreeEpoch;
        uint256 before = token.balanceOf(relay.owner);

        VM.prank(relay.owner);
        try registry.withdrawBond(relay.id) {
            assert(allowed && token.balanceOf(relay.owner) == before + registry.bond());
            relay.status = IRelayRegistry.Status.Withdrawn;
        } catch {
            assert(!allowed && token.balanceOf(relay.owner) == before);
        }
    }

    function rotatePacketKey(uint8 pick, uint8 keySeed) external {
        if (_relays.length == 0) return;
        Modelled storage relay = _relays[pick % _relays.length];
        Key[] storage history = _keys[relay.id];
        uint32 last = history[history.length - 1].fromEpoch;
        bool allowed =
            relay.status != IRelayRegistry.Status.Withdrawn &&
                (last == 0 || epoch() >= last + registry.settlementWindow());
        CurvePoints.Point memory key = VrfProver.publicKey(1 + uint256(keySeed));

        try registry.rotatePacketKey(relay.id, key.x, key.y) {
            assert(allowed);
            history.push(Key(epoch() + 2, key.x, key.y));
        } catch {
            assert(!allowed);
        }
    }

    function donate(uint8 amount) external {
        token.transfer(address(registry), amount);
        donated += amount;
    }

    function passTime(uint16 time) external virtual {
        VM.warp(block.timestamp + (time % (2 * EPOCH_LENGTH * ERA_LENGTH)));
        _closeEras();
    }

    /// @dev Whether the open set may lose relays.
    function _mayShrink() internal view virtual returns (bool) {
        return true;
    }

    function _vote(Modelled storage voter, Modelled storage target) private {
        uint32 era = runningEra();
        bytes32 given = keccak256(abi.encode(era, voter.id, target.id));
        bool allowed =
            voter.status == IRelayRegistry.Status.Joined &&
                wasActive(era, voter.id) &&
                _stays(target) &&
                !_voted[given];

        VM.prank(voter.owner);
        try registry.voteToEject(voter.id, target.id) {
            assert(allowed);
            _voted[given] = true;
            uint256 votes = ++_votes[keccak256(abi.encode(era, target.id))];
            if (votes * 3 > _closed[era].length * 2) _leaves(target);
        } catch {
            assert(!allowed);
        }
    }

    // ---- What should be ----

    function epoch() public view returns (uint32) {
        return uint32((block.timestamp - GENESIS) / EPOCH_LENGTH);
    }

    function runningEra() public view returns (uint32) {
        return epoch() / ERA_LENGTH;
    }

    function openEra() external view returns (uint256) {
        return _closed.length;
    }

    function openSet() external view returns (RelayId[] memory) {
        return _open;
    }

    function closedSet(uint256 era) external view returns (RelayId[] memory) {
        return _closed[era];
    }

    function relays() external view returns (Modelled[] memory) {
        return _relays;
    }

    /// @return N of an era that is closed.
    function closedCount(uint256 era) public view returns (uint256) {
        return _closed[era].length;
    }

    function wasActive(uint256 era, RelayId id) public view returns (bool) {
        RelayId[] storage set = _closed[era];
        for (uint256 i = 0; i < set.length; ++i) if (set[i] == id) return true;
        return false;
    }

    function votesIn(uint32 era, RelayId target) external view returns (uint256) {
        return _votes[keccak256(abi.encode(era, target))];
    }

    function keyIn(RelayId id, uint32 ofEpoch) external view returns (Key memory key) {
        Key[] storage history = _keys[id];
        for (uint256 i = 0; i < history.length; ++i)
            if (history[i].fromEpoch <= ofEpoch) key = history[i];
    }

    function _stays(Modelled storage relay) private view returns (bool) {
        return
            relay.status == IRelayRegistry.Status.Joined ||
            relay.status == IRelayRegistry.Status.Jailed;
    }

    function _leaves(Modelled storage relay) private {
        if (relay.status == IRelayRegistry.Status.Joined) _takeOut(relay.id);
        relay.status = IRelayRegistry.Status.Leaving;
        relay.bondFreeEpoch = uint32(_closed.length) * ERA_LENGTH + registry.unbondingEpochs();
    }

    function _isJailed(Modelled storage relay) internal {
        _takeOut(relay.id);
        relay.status = IRelayRegistry.Status.Jailed;
        relay.jailedFromEra = uint32(_closed.length);
    }

    function _takeOut(RelayId id) private {
        uint256 place = 0;
        while (_open[place] != id) ++place;
        _open[place] = _open[_open.length - 1];
        _open.pop();
    }

    /// @dev An era is closed from one epoch before its start: its first epoch is at most one ahead.
    function _closeEras() internal {
        while (_closed.length * ERA_LENGTH <= uint256(epoch()) + 1) _closed.push(_open);
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PaymentChannels} from "../../../contracts/PaymentChannels.sol";
import {RelayRegistry} from "../../../contracts/RelayRegistry.sol";
import {IPaymentChannels} from "../../../contracts/interfaces/IPaymentChannels.sol";
import {IRelayRegistry} from "../../../contracts/interfaces/IRelayRegistry.sol";
import {MintingRewards} from "../../../contracts/rewards/MintingRewards.sol";
import {WaybillToken} from "../../../contracts/token/WaybillToken.sol";
import {ChannelId} from "../../../contracts/types/ChannelId.sol";
import {RelayId} from "../../../contracts/types/RelayId.sol";
import {LotteryHarness} from "../support/LotteryHarness.sol";
import {LotteryBooks} from "./LotteryBooks.sol";

/// @title LotteryModel
/// @notice Plays a lottery at random, while relays join, leave and vote. Each action predicts whether the
/// contracts take it and fails when they decide otherwise.
contract LotteryModel is LotteryBooks {
    address private constant STRANGER = address(0x9999);
    uint32 private immutable MISSES_ALLOWED;

    mapping(uint32 era => mapping(RelayId relay => bool)) private _blamed;
    ChannelId public channel;
    uint256 public inChannel;

    constructor(
        LotteryHarness lottery_,
        RelayRegistry registry_,
        WaybillToken token_,
        MintingRewards rewards_,
        PaymentChannels channels_
    ) LotteryBooks(lottery_, registry_, token_, rewards_, channels_) {
        MISSES_ALLOWED = lottery_.parameters().missesAllowed;
    }

    // ---- Actions ----

    /// @notice Up to an epoch goes by, or several and nobody drives the beacon.
    function passTime(uint16 time) external override {
        uint256 most = time % 16 == 0 ? ERA_LENGTH * EPOCH_LENGTH : EPOCH_LENGTH;
        VM.warp(this.timeNow() + 1 + (uint256(time) * most) / 2 ** 16);
        this.closeEras();
        if (time % 16 == 0) return;
        drive();
        this.commit(time);
    }

    /// @notice The next epoch begins, most relays commit, and everything drawn is claimed.
    function play(uint16 leftOut) external {
        VM.warp(uint256(GENESIS) + (uint256(epoch()) + 1) * EPOCH_LENGTH);
        this.closeEras();
        drive();
        this.commit(leftOut);
        this.claimAll();
    }

    function drive() public {
        BEACON.advance();
        VM.roll(this.blockNow() + 2);
        BEACON.advance();
    }

    /// @notice Most relays commit to the epoch before.
    function commit(uint16 leftOut) external {
        for (uint256 i = 0; i < _relays.length; ++i)
            if ((leftOut >> i) & (leftOut >> (i + 4)) & 1 == 0) commitTo(uint8(i), 1);
    }

    /// @notice One relay commits, perhaps too early, too late or again.
    function commitTo(uint8 pick, uint8 back) public {
        if (_relays.length == 0 || epoch() < back % 4) return;
        RelayId id = _relays[pick % _relays.length].id;
        uint32 e = epoch() - (back % 4);
        bool allowed = back % 4 == 1 && e > 0 && !_committed[e][id];
        try lottery.commit(id, e, keccak256(abi.encode(id, e))) {
            assert(allowed);
            _committed[e][id] = true;
        } catch {
            assert(!allowed);
        }
    }

    /// @notice Claims a draw, perhaps too early, too late, again, or beyond the last.
    function claim(uint8 back, uint8 draw) public {
        if (epoch() < 4) return;
        uint32 e = epoch() - 1 - (back % 4);
        uint32 which = draw % (DRAWS + 2);
        bool allowed = _claimable(e, which);
        VM.prank(STRANGER);
        try lottery.claim(e, which, "") {
            assert(allowed);
            _book(e, which);
        } catch {
            assert(!allowed);
        }
    }

    /// @notice Claims all that was drawn for the latest epoch of which anything is.
    function claimAll() external {
        for (uint8 draw = 0; draw < DRAWS; ++draw) claim(1, draw);
    }

    function collect(uint8 pick) external {
        if (_relays.length == 0) return;
        RelayId id = _relays[pick % _relays.length].id;
        VM.prank(STRANGER);
        try lottery.collect(id) {
            assert(won[id] > 0);
            earned[id] += won[id];
            won[id] = 0;
        } catch {
            assert(won[id] == 0);
        }
    }

    /// @notice A relay's owner moves rewards into a channel.
    function collectIntoChannel(uint8 pick, uint8 amount) external {
        if (_relays.length == 0) return;
        if (ChannelId.unwrap(channel) == 0) _openChannel();
        Modelled storage relay = _relays[pick % _relays.length];
        bool allowed = amount > 0 && amount <= won[relay.id];
        VM.prank(relay.owner);
        try lottery.collectIntoChannel(relay.id, channel, amount) {
            assert(allowed);
            won[relay.id] -= amount;
            inChannel += amount;
        } catch {
            assert(!allowed);
        }
    }

    /// @notice Every owner asks for its bond.
    function withdrawBonds() external {
        for (uint256 i = 0; i < _relays.length; ++i) _withdrawBond(_relays[i]);
    }

    function withdraw(uint8 pick, uint8 amount) external {
        if (_relays.length == 0) return;
        Modelled storage relay = _relays[pick % _relays.length];
        bool allowed = amount <= earned[relay.id];
        VM.prank(relay.owner);
        try channels.withdraw(relay.id, amount) {
            assert(allowed);
            earned[relay.id] -= amount;
        } catch {
            assert(!allowed);
        }
    }

    /// @notice Reports what a relay missed in an era, now and then as if it had missed all of it. Relays that
    /// missed something come first, so that many reports are about as many misses as are allowed, or one more.
    function report(uint8 pick, uint8 back, uint8 cheating) external {
        if (_relays.length == 0 || runningEra() < back % 3) return;
        uint32 era = runningEra() - (back % 3);
        bool cheat = cheating % 4 == 0;
        Modelled storage relay = _relays[_firstWithMisses(pick, era)];
        bool allowed =
            relay.status == IRelayRegistry.Status.Joined &&
                !_blamed[era][relay.id] &&
                wasActive(era, relay.id) &&
                closedCount(era) >= LEAST_RELAYS;
        uint32[] memory epochs = new uint32[](0);
        for (uint32 e = era * ERA_LENGTH; e < (era + 1) * ERA_LENGTH; ++e) {
            bool missed = _missed(relay.id, e);
            if (!missed && !cheat) continue;
            epochs = _with(epochs, e);
            allowed = allowed && missed;
        }
        allowed = allowed && epochs.length > MISSES_ALLOWED;
        VM.prank(STRANGER);
        try lottery.reportMisses(relay.id, epochs) {
            assert(allowed);
            _blamed[era][relay.id] = true;
            _isJailed(relay);
        } catch {
            assert(!allowed);
        }
    }

    function _mayShrink() internal view override returns (bool) {
        return this.openSet().length > LEAST_RELAYS + 1;
    }

    /// @notice A stranger, or the model, which is every relay's agent, tries what is for others only.
    function trespass(uint8 pick, uint8 call, uint64 amount, bool asAgent) external {
        if (_relays.length == 0) return;
        RelayId id = _relays[pick % _relays.length].id;
        address[9] memory targets = [
            address(token),
            address(token),
            address(rewards),
            address(rewards),
            address(rewards),
            address(registry),
            address(registry),
            address(lottery),
            address(channels)
        ];
        bytes[9] memory calls = [
            abi.encodeCall(token.mint, (STRANGER, amount)),
            abi.encodeCall(token.appointMinter, (address(this))),
            abi.encodeCall(rewards.reserve, (amount)),
            abi.encodeCall(rewards.pay, (STRANGER, amount)),
            abi.encodeCall(rewards.connectLottery, (address(this))),
            abi.encodeCall(registry.connectLottery, (address(this))),
            abi.encodeCall(registry.jail, (id)),
            abi.encodeCall(lottery.collectIntoChannel, (id, channel, amount)),
            abi.encodeCall(channels.withdraw, (id, amount))
        ];
        VM.prank(asAgent ? address(this) : STRANGER);
        (bool success, ) = targets[call % 9].call(calls[call % 9]);
        assert(!success);
    }

    // ---- Time, asked from outside: the optimiser reads it once a call, since no real chain changes it ----

    function timeNow() external view returns (uint256) {
        return block.timestamp;
    }

    function blockNow() external view returns (uint256) {
        return block.number;
    }

    function closeEras() external {
        _closeEras();
    }

    function _openChannel() private {
        channel = channels.open(
            IPaymentChannels.Parties(
                IPaymentChannels.PayerKind.Account,
                bytes32(uint256(uint160(address(this)))),
                STRANGER,
                _relays[0].id
            ),
            0
        );
    }

    /// @return i Index of a relay that missed something in `era`, or of any when none did.
    function _firstWithMisses(uint8 pick, uint32 era) private view returns (uint256 i) {
        for (uint256 step = 0; step < _relays.length; ++step) {
            i = (pick + step) % _relays.length;
            if (!wasActive(era, _relays[i].id)) continue;
            for (uint32 e = era * ERA_LENGTH; e < (era + 1) * ERA_LENGTH; ++e)
                if (_missed(_relays[i].id, e)) return i;
        }
    }

    function _with(
        uint32[] memory epochs,
        uint32 one
    ) private pure returns (uint32[] memory longer) {
        longer = new uint32[](epochs.length + 1);
        for (uint256 i = 0; i < epochs.length; ++i) longer[i] = epochs[i];
        longer[epochs.length] = one;
    }
}

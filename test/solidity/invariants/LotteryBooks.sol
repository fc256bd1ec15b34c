// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PaymentChannels} from "../../../contracts/PaymentChannels.sol";
import {RelayRegistry} from "../../../contracts/RelayRegistry.sol";
import {IRandomnessBeacon} from "../../../contracts/interfaces/IRandomnessBeacon.sol";
import {MintingRewards} from "../../../contracts/rewards/MintingRewards.sol";
import {WaybillToken} from "../../../contracts/token/WaybillToken.sol";
import {RelayId} from "../../../contracts/types/RelayId.sol";
import {LotteryHarness} from "../support/LotteryHarness.sol";
import {RegistryModel} from "./RegistryModel.sol";

/// @title LotteryBooks
/// @notice What should have come of everything done to a lottery, and what it should take next.
abstract contract LotteryBooks is RegistryModel {
    uint256 internal constant LEAST_RELAYS = 6;

    LotteryHarness public immutable lottery;
    MintingRewards public immutable rewards;
    PaymentChannels public immutable channels;
    IRandomnessBeacon internal immutable BEACON;
    uint32 internal immutable DRAWS;
    uint32 private immutable SLOTS;
    uint32 private immutable CLAIM_WINDOW;
    uint256 private immutable SENDER_REWARD;
    uint256 private immutable HOP_REWARD;
    uint256 internal immutable MINT_CAP;
    uint256 private immutable BATCH;

    mapping(uint32 epoch => mapping(RelayId relay => bool)) internal _committed;
    mapping(uint32 epoch => mapping(uint32 draw => bool)) private _claimed;
    mapping(bytes32 pair => uint256 times) private _paid;
    mapping(uint32 epoch => uint256 amount) private _minted;
    /// @dev Rewards that nobody has moved yet, and earnings, by relay.
    mapping(RelayId relay => uint256 amount) public won;
    mapping(RelayId relay => uint256 amount) public earned;

    /// @dev Minted, and set aside for nobody yet.
    uint256 public free;
    uint256 public allMinted;
    uint256 public mostMinted;
    uint256 public mostTimesPaid;
    bool public outsiderPaid;

    constructor(
        LotteryHarness lottery_,
        RelayRegistry registry_,
        WaybillToken token_,
        MintingRewards rewards_,
        PaymentChannels channels_
    ) RegistryModel(registry_, token_) {
        lottery = lottery_;
        rewards = rewards_;
        channels = channels_;
        BEACON = registry_.beacon();
        MINT_CAP = token_.mintCap();
        BATCH = rewards_.batch();
        LotteryHarness.Parameters memory terms = lottery_.parameters();
        SLOTS = terms.slots;
        DRAWS = terms.draws;
        CLAIM_WINDOW = terms.claimWindow;
        SENDER_REWARD = terms.senderReward;
        HOP_REWARD = terms.hopReward;
    }

    /// @notice What the source should be able to reserve now.
    function available() public view returns (uint256) {
        return free + MINT_CAP - _minted[epoch()];
    }

    /// @dev Whether a claim is right, on time, new, and within the budget.
    function _claimable(uint32 e, uint32 draw) internal view returns (bool) {
        uint32 current = epoch();
        if (current < e + 2 || current > e + 1 + CLAIM_WINDOW || _claimed[e][draw]) return false;
        if (e == 0 || BEACON.beaconAt(e - 1) == 0 || BEACON.beaconAt(e + 2) == 0) return false;
        uint32 era = e / ERA_LENGTH;
        uint256 relaysThen = closedCount(era);
        if (relaysThen < LEAST_RELAYS || registry.layerKey(era) == 0) return false;
        if (draw >= DRAWS || draw >= relaysThen * SLOTS) return false;
        if (SENDER_REWARD + 3 * HOP_REWARD > available()) return false;
        (, , RelayId[3] memory hops) = _packetOf(e, draw);
        for (uint256 hop = 0; hop < 3; ++hop) if (!_committed[e][hops[hop]]) return false;
        return true;
    }

    /// @dev Books a claim that was taken.
    function _book(uint32 e, uint32 draw) internal {
        (RelayId sender, uint256 slot, RelayId[3] memory hops) = _packetOf(e, draw);
        _claimed[e][draw] = true;
        uint256 times = ++_paid[keccak256(abi.encode(e, sender, slot))];
        if (times > mostTimesPaid) mostTimesPaid = times;

        _pay(e, sender, SENDER_REWARD);
        for (uint256 hop = 0; hop < 3; ++hop) _pay(e, hops[hop], HOP_REWARD);
        uint256 due = SENDER_REWARD + 3 * HOP_REWARD;
        if (due > free) _mint(due - free);
        free -= due;
    }

    /// @dev Whether the relay had to commit to the epoch, can no longer, and did not.
    function _missed(RelayId id, uint32 e) internal view returns (bool) {
        uint32 current = epoch();
        if (e < lottery.firstEpoch() || current <= e + 1) return false;
        if (current > e + lottery.ringLength()) return false;
        return e > 0 && BEACON.beaconAt(e - 1) != 0 && !_committed[e][id];
    }

    function _pay(uint32 e, RelayId id, uint256 amount) private {
        won[id] += amount;
        if (!wasActive(e / ERA_LENGTH, id)) outsiderPaid = true;
    }

    function _mint(uint256 missing) private {
        uint256 left = MINT_CAP - _minted[epoch()];
        uint256 amount = BATCH < left ? BATCH : left;
        if (amount < missing) amount = missing;
        _minted[epoch()] += amount;
        if (_minted[epoch()] > mostMinted) mostMinted = _minted[epoch()];
        allMinted += amount;
        free += amount;
    }

    function _packetOf(
        uint32 e,
        uint32 draw
    ) private view returns (RelayId sender, uint256 slot, RelayId[3] memory hops) {
        (sender, slot) = lottery.drawnPair(e, draw);
        hops = lottery.routeOf(e, sender, uint32(slot));
    }
}

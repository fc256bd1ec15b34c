// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPaymentChannels} from "../../contracts/interfaces/IPaymentChannels.sol";
import {TicketAmounts} from "../../contracts/libraries/TicketAmounts.sol";
import {ChannelId} from "../../contracts/types/ChannelId.sol";
import {ChannelStatus, ChannelWord, ChannelWords} from "../../contracts/types/ChannelWord.sol";
import {ChannelsWorld} from "./support/ChannelsWorld.sol";

contract PaymentChannelsTest is ChannelsWorld {
    uint256 private constant SIGNER = 0x51;
    address private constant PAYER = address(0x2000);
    uint128 private constant FUNDS = 10 ** 9;

    Relay private relay;
    IPaymentChannels.Parties private parties;
    ChannelId private channel;

    function setUp() external {
        VM.warp(GENESIS);
        _build(1_000);
        relay = _joinRelay(7, address(0x1000), address(0x1100));
        parties = IPaymentChannels.Parties(
            IPaymentChannels.PayerKind.Account,
            bytes32(uint256(uint160(PAYER))),
            VM.addr(SIGNER),
            relay.id
        );
        channel = channels.channelIdOf(parties);
        token.transfer(PAYER, 2 * FUNDS);
        VM.prank(PAYER);
        token.approve(address(channels), 2 * FUNDS);
        VM.prank(PAYER);
        channels.open(parties, FUNDS);
        Ticket memory first = _make(1);
        VM.warp(GENESIS + EPOCH_LENGTH);
        _redeem(relay, 0, _claims(first));
    }

    /// Threat 4: after a fork each chain takes its own tickets, and neither those of the other.
    function test_Threat4_TicketsFollowTheChainIdThroughAFork() external {
        uint128 left = _balance();
        Ticket memory beforeFork = _make(5);
        VM.chainId(777);
        Ticket memory afterFork = _make(6);
        (, , , uint256 chain, , , ) = channels.eip712Domain();
        assert(chain == 777);

        _redeem(relay, 0, _claims(beforeFork));
        assert(_balance() == left);
        _redeem(relay, 0, _claims(afterFork));
        assert(_balance() < left);

        VM.chainId(31337);
        left = _balance();
        _redeem(relay, 0, _claims(_makeAt(7, 777)));
        assert(_balance() == left);
        _redeem(relay, 0, _claims(_make(8)));
        assert(_balance() < left);
    }

    /// Threat 11: whatever is tried while the notice runs, the deadline stays.
    function testFuzz_Threat11_TheDeadlineStays(uint32[8] calldata waits) external {
        VM.prank(PAYER);
        channels.initiateClose(parties);
        uint256 deadline = block.timestamp + NOTICE;
        for (uint256 i = 0; i < waits.length; ++i) {
            VM.warp(this.timeNow() + (waits[i] % NOTICE));
            _tryAs(PAYER, abi.encodeCall(channels.initiateClose, (parties)));
            _tryAs(PAYER, abi.encodeCall(channels.open, (parties, 1)));
            _tryAs(PAYER, abi.encodeCall(channels.fund, (channel, 1)));
            (, , , , uint40 closableAt) = channels.channelState(channel);
            assert(closableAt == deadline);
            if (this.timeNow() < deadline)
                assert(!_tryAs(PAYER, abi.encodeCall(channels.finaliseClose, (parties))));
        }
    }

    function testFuzz_AWordKeepsItsFields(
        uint128 balance,
        uint48 nextIndex,
        uint32 generation,
        uint8 status,
        uint40 closableAt,
        uint128 newBalance,
        uint48 newIndex
    ) external pure {
        ChannelStatus wanted = ChannelStatus(status % 3);
        ChannelWord word = ChannelWords.make(balance, nextIndex, generation, wanted, closableAt);
        assert(word.balance() == balance && word.nextIndex() == nextIndex);
        word = word.withPayment(newBalance, newIndex);
        assert(word.balance() == newBalance && word.nextIndex() == newIndex);
        assert(word.generation() == generation && word.status() == wanted);
        assert(word.closableAt() == closableAt);
    }

    /// Threat 35: every layer keeps its net fee after burn and after paying the next one.
    function testFuzz_Threat35_EveryLayerKeepsItsFee(
        uint64 netFee,
        uint16 burnShareBps,
        uint64 winProb
    ) external pure {
        burnShareBps %= 2_501;
        // Up to 2^61, above which an amount need not fit its type: no such network can be deployed.
        uint256 fee = uint256(netFee >> 3) + 1;
        (uint128 entry, uint128 middle, uint128 last) = TicketAmounts.perLayer(
            uint128(fee),
            burnShareBps,
            winProb
        );
        assert(entry > middle && middle > last);
        // Over 2^64 packets, of which `wins` win, so that everything stays whole.
        uint256 wins = uint256(winProb) + 1;
        assert(_kept(last, burnShareBps) * wins >= fee << 64);
        assert((_kept(middle, burnShareBps) - last + 1) * wins > fee << 64);
        assert((_kept(entry, burnShareBps) - middle + 1) * wins > fee << 64);
    }

    /// Threat 33: within one epoch the agent moves no more than the allowance, however it splits it.
    function testFuzz_Threat33_TheAllowanceHolds(
        uint64 allowance,
        uint64[6] calldata asks
    ) external {
        (uint128 earned, ) = channels.earningsOf(relay.id);
        allowance %= uint64(2 * earned);
        VM.prank(relay.owner);
        channels.setAgentAllowance(relay.id, allowance);
        uint256 moved = 0;
        for (uint256 i = 0; i < asks.length; ++i) {
            uint64 ask = asks[i] % uint64(earned);
            bool fits = moved + ask <= allowance && moved + ask <= earned;
            bytes memory call = abi.encodeCall(channels.fundFromEarnings, (relay.id, channel, ask));
            assert(_tryAs(relay.agent, call) == fits);
            if (fits) moved += ask;
        }
        (uint128 left, ) = channels.earningsOf(relay.id);
        assert(earned - left == moved);
    }

    function _kept(uint256 face, uint256 burnShareBps) private pure returns (uint256) {
        return face - (face * burnShareBps) / 10_000;
    }

    function _tryAs(address caller, bytes memory data) private returns (bool success) {
        VM.prank(caller);
        (success, ) = address(channels).call(data);
    }

    function _make(uint48 index) private view returns (Ticket memory) {
        return _ticket(SIGNER, ChannelId.unwrap(channel), 0, 0, 0, index);
    }

    /// @dev A ticket as it would be signed on the chain of that id.
    function _makeAt(uint48 index, uint256 chain) private returns (Ticket memory ticket) {
        uint256 here = this.chainNow();
        VM.chainId(chain);
        ticket = _make(index);
        VM.chainId(here);
    }

    function _claims(Ticket memory ticket) private view returns (bytes memory) {
        return _group(parties.payer, parties.ticketSigner, _packed(ticket), 1);
    }

    function _balance() private view returns (uint128 balance) {
        (balance, , , , ) = channels.channelState(channel);
    }
}

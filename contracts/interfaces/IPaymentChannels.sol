// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ChannelId} from "../types/ChannelId.sol";
import {ChannelStatus, ChannelWord} from "../types/ChannelWord.sol";
import {PayerId} from "../types/PayerId.sol";
import {RelayId} from "../types/RelayId.sol";
import {IERC20Burnable} from "./IERC20Burnable.sol";
import {IRelayRegistry} from "./IRelayRegistry.sol";

/// @title IPaymentChannels
/// @notice One-way channels from a payer to a relay, out of which winning tickets are paid
/// (protocol section 3).
/// @dev Nobody owns this contract and no parameter of it changes: nobody can stop a closing, a
/// redemption or a withdrawal.
///
/// A payer is an account or a relay. What comes back from an account's channel waits here until the
/// account fetches it, and what comes back from a relay's channel joins its earnings; closing therefore
/// calls no token, and neither a payer that the token refuses to pay nor a token in trouble can hold it up.
///
/// Trust: the registry is trusted to name owner, agent and VRF key of a relay. The token is called only to
/// move or burn tokens, under a guard against re-entry, and only what arrived is credited; a fee on
/// transfer falls on whoever moves tokens. A token that takes balances away by itself is not supported:
/// exits then work, first come first served, as far as tokens reach.
interface IPaymentChannels {
    enum PayerKind {
        Account,
        Relay
    }

    /// Why a ticket of a batch was not paid. Only `ChannelEmpty` can pass by itself.
    enum SkipReason {
        /// The channel is not open: never opened, or closed since.
        ChannelClosed,
        /// Nothing left to pay from; the ticket is not spent and can come again after a top-up.
        ChannelEmpty,
        /// The index is below the channel's next one, or it is 2^48 − 1, which is never redeemed.
        IndexSpent,
        /// There is no such layer, hence no amount.
        UnknownLayer,
        /// The Merkle proof is deeper than any frame.
        ProofTooDeep,
        /// The draw is above the winning probability.
        Loses,
        /// Not signed by the channel's ticket signer, for this generation, epoch, amount and root; or
        /// signed with a high s.
        BadSignature
    }

    /// @param token What everything is paid in; must have `burn`.
    /// @param registry Where relays, and the clock, are.
    /// @param netFee f: what a relay keeps per packet on average, in the token's smallest unit. Zero for a
    /// network in which packets are free and tickets worth nothing.
    /// @param burnShareBps b: share of each payout that is burned, in hundredths of a percent.
    /// @param winProb A ticket wins with probability (winProb + 1) / 2^64.
    /// @param redemptionWindow W: tickets of epoch e are redeemed in epochs e+1 … e+W.
    /// @param noticePeriod Seconds between the payer's closing and its finalising.
    /// @param meanDelayMillis Mean delay at each hop of the low-latency class.
    struct Parameters {
        IERC20Burnable token;
        IRelayRegistry registry;
        uint128 netFee;
        uint16 burnShareBps;
        uint64 winProb;
        uint32 redemptionWindow;
        uint32 noticePeriod;
        uint32 meanDelayMillis;
    }

    /// @notice The three parties that a channel's id is made of.
    /// @param kind What `payer` is.
    /// @param payer The relay id of a relay, or the address of an account, padded on the left.
    /// @param ticketSigner Who signs tickets; another signer is another channel.
    /// @param relay Whom tickets pay.
    struct Parties {
        PayerKind kind;
        bytes32 payer;
        address ticketSigner;
        RelayId relay;
    }

    event OperatorChanged(address indexed account, address indexed operator, bool approved);
    event AgentAllowanceChanged(RelayId indexed relay, uint112 perEpoch);

    /// @dev `word` is the channel's storage word after the event, here and below (see `ChannelWord`).
    event ChannelOpened(
        ChannelId indexed channel,
        PayerId indexed payer,
        RelayId indexed relay,
        address ticketSigner,
        ChannelWord word
    );
    event ChannelFunded(ChannelId indexed channel, uint128 added, ChannelWord word);
    /// @notice A relay's earnings went into a channel; `ChannelFunded` tells the rest.
    event EarningsSpent(
        RelayId indexed relay,
        ChannelId indexed channel,
        uint128 amount,
        address by
    );
    event ChannelClosing(ChannelId indexed channel, ChannelWord word);
    event ChannelClosed(ChannelId indexed channel, uint128 returned, ChannelWord word);
    /// @notice A closed channel's balance joined the earnings of the relay that paid into it.
    event EarningsReturned(RelayId indexed relay, ChannelId indexed channel, uint128 amount);
    /// @notice A closed channel's balance waits for the account that paid into it.
    event RefundCredited(address indexed account, ChannelId indexed channel, uint128 amount);
    event RefundWithdrawn(address indexed account, address indexed to, uint256 amount);

    /// @notice What a batch got out of one channel; `unpaid` is what the last ticket was short of.
    event TicketsRedeemed(
        ChannelId indexed channel,
        uint256 tickets,
        uint256 paid,
        uint256 unpaid,
        ChannelWord word
    );
    event TicketSkipped(ChannelId indexed channel, uint48 index, SkipReason reason);
    /// @notice A batch as a whole: paid out of channels = credited + burned.
    event Redeemed(RelayId indexed relay, uint32 indexed epoch, uint256 credited, uint256 burned);
    event EarningsWithdrawn(RelayId indexed relay, address indexed to, uint256 amount);
    event Burned(RelayId indexed relay, uint256 amount);
    /// @notice `from` gave `amount` to the relay.
    event EarningsAdded(RelayId indexed relay, address indexed from, uint256 amount);

    // ---- Deployment ----

    error PaymentChannels_NoContract(address got);
    error PaymentChannels_TokenNotBurnable(address got);
    error PaymentChannels_BurnShareTooHigh(uint16 got, uint16 limit);
    error PaymentChannels_RedemptionWindowOutOfRange(uint32 got, uint32 least, uint32 most);
    /// @notice Notice must outlast the redemption window by more than two epochs.
    error PaymentChannels_NoticeOutOfRange(uint256 got, uint256 least, uint256 most);
    /// @notice An epoch must outlast nearly every route.
    error PaymentChannels_DelayOutOfRange(uint256 got, uint256 least, uint256 most);

    // ---- Calls ----

    error PaymentChannels_NotPayer(address got, PayerId payer);
    error PaymentChannels_NotOwner(address got, address owner);
    error PaymentChannels_NotOwnerOrAgent(address got, RelayId relay);
    error PaymentChannels_NotAnAddress(bytes32 got);
    error PaymentChannels_UnknownRelay(RelayId got);
    error PaymentChannels_ZeroAddress();
    error PaymentChannels_WrongStatus(ChannelId channel, ChannelStatus got, ChannelStatus needed);
    error PaymentChannels_NoticeRunning(uint256 time, uint40 closableAt);
    error PaymentChannels_NothingReceived();
    error PaymentChannels_AboveBalance(uint256 got, uint256 balance);
    error PaymentChannels_AboveAllowance(uint256 got, uint256 left);
    /// @notice The token took away tokens that this contract should hold.
    error PaymentChannels_TokenShortfall(uint256 held, uint256 needed);
    /// @notice The token took more out of this contract than was sent.
    error PaymentChannels_TokenOvercharged(uint256 taken, uint256 sent);
    error PaymentChannels_EpochNotOver(uint32 epoch, uint32 current);
    error PaymentChannels_EpochTooOld(uint32 epoch, uint32 oldest);
    error PaymentChannels_WrongVrfKey(bytes32 got, bytes32 registered);

    // ---- What a payer does ----

    /// @notice Lets `operator` open and close channels whose payer is the caller. It cannot touch what
    /// comes back from them.
    function setOperator(address operator, bool approved) external;

    /// @notice Opens a channel and funds it with `amount` of the caller's tokens, which may be zero.
    /// For an account: itself, or its operator. For a relay: its owner or agent.
    /// @dev The relay must have joined the registry; whether it is active is not asked.
    function open(Parties calldata parties, uint256 amount) external returns (ChannelId channel);

    /// @notice Adds to an open channel. Anyone may; nothing but the balance changes.
    function fund(ChannelId channel, uint256 amount) external;

    /// @notice `fund` with an approval by signature (ERC-2612) of the caller's tokens.
    /// @dev The permit is used only when the allowance is short of `amount`, so that nobody can make the
    /// call fail by using it up first.
    function fundWithPermit(
        ChannelId channel,
        uint256 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;

    /// @notice Moves earnings of `relay` into an open channel. Its owner; or its agent, within the
    /// allowance that the owner set per epoch.
    function fundFromEarnings(RelayId relay, ChannelId channel, uint128 amount) external;

    /// @notice Starts the notice period, after which the payer may finalise. Who may open may close.
    /// Refused while it runs, so that the deadline never moves.
    function initiateClose(Parties calldata parties) external;

    /// @notice Closes after the notice period. Tickets of this generation are void from then on.
    function finaliseClose(Parties calldata parties) external;

    /// @notice Sends what came back from the caller's closed channels to `to`.
    function withdrawRefund(address to, uint256 amount) external;

    // ---- What a relay does ----

    /// @notice Closes an open or closing channel into `parties.relay` at once. Its owner or agent.
    function closeAsRelay(Parties calldata parties) external;

    /// @notice Pays winning tickets of `relay` in `epoch` into its earnings. Its owner or agent only: else
    /// a payer could copy a pending call and submit its highest index alone.
    /// @param vrfX x of the relay's VRF key.
    /// @param vrfY y of the relay's VRF key.
    /// @param vrfProof Proof over `ticketVrfInput`, as `ECVRF` takes it.
    /// @param claims Winning tickets, packed as `Claims` reads them.
    /// @dev Within a channel indexes must ascend. A ticket that cannot be paid is skipped with an event and
    /// never stops the others; only a wrong caller, epoch, key or proof, or truncated claims revert. The
    /// burn share rounds down, once per batch.
    function redeem(
        RelayId relay,
        uint32 epoch,
        uint256 vrfX,
        uint256 vrfY,
        bytes calldata vrfProof,
        bytes calldata claims
    ) external;

    /// @notice Sends earnings to the relay's earnings recipient and burns what is owed. Its owner only.
    /// @dev Burning yields to the payout when the token took tokens away.
    function withdraw(RelayId relay, uint256 amount) external;

    /// @notice Adds `amount` of the caller's tokens to the earnings of a relay that has joined. Anyone may;
    /// nothing of it is burned.
    function addEarnings(RelayId relay, uint256 amount) external;

    /// @notice Burns what a relay's redemptions owe. Anyone may.
    function burnOwed(RelayId relay) external;

    /// @notice Lets the agent move up to `perEpoch` of the earnings into channels in each epoch. Owner only.
    function setAgentAllowance(RelayId relay, uint112 perEpoch) external;

    // ---- Parameters ----

    function token() external view returns (IERC20Burnable);

    function registry() external view returns (IRelayRegistry);

    function netFee() external view returns (uint128);

    function burnShareBps() external view returns (uint16);

    function winProb() external view returns (uint64);

    function redemptionWindow() external view returns (uint32);

    function noticePeriod() external view returns (uint32);

    function meanDelayMillis() external view returns (uint32);

    /// @return Face value of a ticket into layer 0, 1 and 2: each above the next, or zero all three.
    function ticketAmounts() external view returns (uint128[3] memory);

    // ---- State ----

    function payerIdOf(PayerKind kind, bytes32 payer) external pure returns (PayerId);

    function channelIdOf(Parties calldata parties) external pure returns (ChannelId);

    /// @return The channel's storage word (see `ChannelWord`).
    function channelWord(ChannelId channel) external view returns (ChannelWord);

    function channelState(
        ChannelId channel
    )
        external
        view
        returns (
            uint128 balance,
            uint48 nextIndex,
            uint32 generation,
            ChannelStatus status,
            uint40 closableAt
        );

    /// @return credit What can be withdrawn or spent.
    /// @return owedBurn What is to be burned.
    function earningsOf(RelayId relay) external view returns (uint128 credit, uint128 owedBurn);

    function refundOf(address account) external view returns (uint256);

    function isOperator(address account, address operator) external view returns (bool);

    /// @return perEpoch The allowance of the agent.
    /// @return left What is left of it in the running epoch.
    function agentAllowance(RelayId relay) external view returns (uint112 perEpoch, uint112 left);

    /// @return "waybill ticket" ‖ chainid ‖ this contract ‖ relay ‖ epoch: what the relay's VRF is asked.
    function ticketVrfInput(RelayId relay, uint32 epoch) external view returns (bytes memory);
}
